"""Finished runs: what a benchmark left in a folder, and what that tells."""
