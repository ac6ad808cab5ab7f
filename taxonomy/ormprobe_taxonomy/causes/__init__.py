"""Every cause, in the order in which `explain` lists them."""

from ormprobe_taxonomy.cause import Cause
from ormprobe_taxonomy.causes.constraint_violation import orm_bypass
from ormprobe_taxonomy.causes.database_runtime_error import (
    detached_instance_access,
    failed_transaction_reuse,
    instance_session_mismatch,
    integrity_violation,
    schema_not_created,
)
from ormprobe_taxonomy.causes.hazards import n_plus_one_queries
from ormprobe_taxonomy.causes.incorrect_query_logic import unresolved_reference
from ormprobe_taxonomy.causes.server_startup_failure import startup_connection_failure
from ormprobe_taxonomy.causes.state_propagation_failure import uncommitted_write

CAUSES: tuple[Cause, ...] = (
    unresolved_reference.CAUSE,
    detached_instance_access.CAUSE,
    instance_session_mismatch.CAUSE,
    schema_not_created.CAUSE,
    integrity_violation.CAUSE,
    failed_transaction_reuse.CAUSE,
    uncommitted_write.CAUSE,
    startup_connection_failure.CAUSE,
    orm_bypass.CAUSE,
    n_plus_one_queries.CAUSE,
)

BY_ID = {cause.id: cause for cause in CAUSES}
