"""Set-based writes that leave out what a class maintains on save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.bypassed_hooks import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Check, Site
from tests.ormprobe.signals.made import TEST, failed_test, known_of, statement, table

SOURCE = """\
class Order(Model):
    changed = DateTimeField(auto_now=True)

    def save(self, *args):
        self.slug = slugify(self.title)
        self.version += 1
        self.index()
        super().save(*args)

    def index(self):
        self.words = len(self.title)


def rename(number, title):
    Order.filter(id=number).update(title=title)


def load(rows):
    Order.bulk_create([Order(**row) for row in rows])


def touch(order):
    order.save()
"""

UPDATE = "UPDATE orders SET title = ? WHERE id = ?"
INSERT = "INSERT INTO orders (title, slug, version) VALUES (?, ?, ?)"


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    (tmp_path / "shop").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "shop" / "orders.py").write_text(SOURCE)
    return known_of(tmp_path, table("orders", "id", "title", "slug", "version", "words", "changed"))


def scope_of(tmp_path: Path, line: int, text: str, says: str, read: bool = True) -> Any:
    tests = ["def test_order():", *["    pass"] * 28, f"    assert {says}"]
    (tmp_path / TEST.path).write_text("\n".join(tests))
    site = Site("shop/orders.py", line, "rename")
    statements = [statement(text, 20, "s3:aaaaaaaaaaaaaaaa", 1, number=1, site=site)]
    if read:
        statements.append(statement("SELECT * FROM orders", 60, number=2))
    check = Check("1-1:9", 90, "==", "s1:1111111111111111", "s1:2222222222222222", "right", TEST)
    return failed_test(statements=statements, checks=[check])


@pytest.mark.parametrize(
    ("says", "columns"),
    [
        ("get(1)['slug'] == 'x'", ("slug",)),
        ("get(1).version == 2", ("version",)),
        ("get(1).words == 2", ("words",)),
        ("get(1).changed > before", ("changed",)),
        ("get(1).title == 'x'", None),
    ],
)
def test_the_check_names_what_was_left_out(
    shop: Known, tmp_path: Path, says: str, columns: tuple[str, ...] | None
) -> None:
    found = list(detect(scope_of(tmp_path, 15, UPDATE, says), shop))

    assert [each.columns for each in found] == ([columns] if columns else [])
    assert all(str(each.place) == "shop/orders.py:15" for each in found)


def test_a_bulk_insert_has_no_more_than_defaults(shop: Known, tmp_path: Path) -> None:
    [found] = detect(scope_of(tmp_path, 19, INSERT, "get(1).slug == 'x'"), shop)

    assert (found.columns, found.by) == (("slug",), "Order.save")
    assert str(found.declared) == "shop/orders.py:5"


@pytest.mark.parametrize(
    ("line", "text", "read"),
    [
        (23, UPDATE, True),  # a save, which runs it
        (15, "UPDATE orders SET title = ?, slug = ? WHERE id = ?", True),
        (15, "UPDATE orders SET size = ? WHERE id = ?", True),  # the slug is not made of it
        (15, UPDATE, False),
    ],
)
def test_what_passes_nothing_by(
    shop: Known, tmp_path: Path, line: int, text: str, read: bool
) -> None:
    assert list(detect(scope_of(tmp_path, line, text, "get(1).slug == 'x'", read), shop)) == []
