"""The timeline of a trace: scopes, with the statements, transactions and errors in them."""

from ormprobe.timeline.building import Closed, build

__all__ = ["Closed", "build"]
