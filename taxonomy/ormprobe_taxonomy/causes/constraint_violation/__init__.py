"""Causes that roll up to constraint_violation: what was declared of the data layer."""
