"""Transactions that a test harness holds around a whole test, and the app's own within them.

`TestCase` of Django rolls back what a test has done. Without it, what the app sends outside any
block of its own would last, and the outermost of its blocks would be its transaction: so these
are recorded.
"""

from __future__ import annotations

from typing import Any, Optional

from ..transaction import Transaction
from .links import Link


def open_transaction(link: Link, db: Any) -> Optional[Transaction]:
    """The open transaction, begun here if need be; None where what is sent lasts."""
    blocks = db.atomic_blocks
    if not blocks or not is_harness(blocks[0]):
        return link.begin()
    for block in blocks:
        if not is_harness(block):
            if link.block is not block:
                link.enter(block)
            return link.begin()
    return None


def is_harness(block: Any) -> bool:
    """Whether an `atomic` block is that of a `TestCase`."""
    return bool(getattr(block, "_from_testcase", False))
