"""ORM runtime violations: logic_error / database_runtime_error."""
