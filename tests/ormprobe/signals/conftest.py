"""What detectors may ask beside a scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from tests.ormprobe.signals import made


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """An app without source, whose models map orders and buyers in SQLite."""
    orders = made.table("orders", "id", "note", buyer_id="buyers.id")
    return made.known_of(tmp_path, orders, made.table("buyers", "id", "name"))
