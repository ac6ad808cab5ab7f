"""Query composition: logic_error / incorrect_query_logic."""
