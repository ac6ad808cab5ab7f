"""The drivers beneath the ORMs: what reached a database without an ORM that is watched."""
