"""Every cause, in the order in which `explain` lists them."""

from ormprobe_taxonomy.cause import Cause
from ormprobe_taxonomy.causes.constraint_violation import orm_bypass, wrong_database
from ormprobe_taxonomy.causes.database_runtime_error import (
    async_implicit_io,
    concurrent_connection_use,
    connection_context_mismatch,
    connection_lifecycle_violation,
    connection_pool_exhaustion,
    data_layer_code_error,
    data_layer_not_initialized,
    detached_instance_access,
    failed_transaction_reuse,
    instance_session_mismatch,
    integrity_violation,
    mapping_misconfiguration,
    result_object_misuse,
    schema_model_drift,
    schema_not_created,
    timezone_mismatch,
    unawaited_db_call,
    write_conflict,
)
from ormprobe_taxonomy.causes.hazards import (
    connection_leak,
    n_plus_one_queries,
    redundant_query,
    row_at_a_time_write,
    unbounded_result_set,
    unparameterized_sql,
)
from ormprobe_taxonomy.causes.incorrect_query_logic import (
    backend_unsupported_operation,
    bind_type_mismatch,
    malformed_statement,
    result_cardinality_mismatch,
    unresolved_reference,
)
from ormprobe_taxonomy.causes.server_startup_failure import startup_connection_failure
from ormprobe_taxonomy.causes.state_propagation_failure import (
    cascade_misconfiguration,
    identifier_not_propagated,
    lost_update,
    partial_write,
    stale_state_after_write,
    uncommitted_write,
)

CAUSES: tuple[Cause, ...] = (
    unresolved_reference.CAUSE,
    backend_unsupported_operation.CAUSE,
    malformed_statement.CAUSE,
    bind_type_mismatch.CAUSE,
    result_cardinality_mismatch.CAUSE,
    detached_instance_access.CAUSE,
    async_implicit_io.CAUSE,
    instance_session_mismatch.CAUSE,
    schema_not_created.CAUSE,
    schema_model_drift.CAUSE,
    mapping_misconfiguration.CAUSE,
    integrity_violation.CAUSE,
    concurrent_connection_use.CAUSE,
    connection_context_mismatch.CAUSE,
    connection_lifecycle_violation.CAUSE,
    connection_pool_exhaustion.CAUSE,
    unawaited_db_call.CAUSE,
    data_layer_not_initialized.CAUSE,
    timezone_mismatch.CAUSE,
    failed_transaction_reuse.CAUSE,
    write_conflict.CAUSE,
    result_object_misuse.CAUSE,
    data_layer_code_error.CAUSE,
    uncommitted_write.CAUSE,
    stale_state_after_write.CAUSE,
    identifier_not_propagated.CAUSE,
    lost_update.CAUSE,
    partial_write.CAUSE,
    cascade_misconfiguration.CAUSE,
    startup_connection_failure.CAUSE,
    orm_bypass.CAUSE,
    wrong_database.CAUSE,
    n_plus_one_queries.CAUSE,
    connection_leak.CAUSE,
    redundant_query.CAUSE,
    unbounded_result_set.CAUSE,
    row_at_a_time_write.CAUSE,
    unparameterized_sql.CAUSE,
)

BY_ID = {cause.id: cause for cause in CAUSES}
