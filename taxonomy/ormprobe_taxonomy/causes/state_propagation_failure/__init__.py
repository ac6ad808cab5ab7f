"""Writes that did not last or did not happen: logic_error / state_propagation_failure."""
