"""Costs and risks that have failed nothing."""
