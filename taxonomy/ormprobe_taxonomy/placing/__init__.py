"""Where a failure belongs in the categories of arXiv 2605.06445, when no cause is proven.

Each module is one category or subcategory with the argument for its rule, which holds without any
particular run. Rules say all that they can; who asks them chooses.
"""

from ormprobe_taxonomy.placement import Rule
from ormprobe_taxonomy.placing import (
    agent,
    auth_misconfiguration,
    business_logic_defect,
    constraint_violation,
    database_runtime_error,
    framework_idiosyncrasy,
    incomplete_implementation,
    incorrect_query_logic,
    schema_format_error,
    server_startup_failure,
    state_propagation_failure,
    unproven,
)

RULES: tuple[Rule, ...] = (
    agent.rule,
    server_startup_failure.rule,
    incomplete_implementation.rule,
    auth_misconfiguration.rule,
    framework_idiosyncrasy.rule,
    unproven.rule,
    database_runtime_error.rule,
    incorrect_query_logic.rule,
    state_propagation_failure.rule,
    schema_format_error.rule,
    business_logic_defect.rule,
    constraint_violation.rule,
)
