"""What Peewee really raises, as the tables read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.tables import TABLES

peewee: Any = pytest.importorskip("peewee")
pool: Any = pytest.importorskip("playhouse.pool")
db_url: Any = pytest.importorskip("playhouse.db_url")

harbour = peewee.SqliteDatabase(None)


class Pier(peewee.Model):  # type: ignore[misc]
    name = peewee.CharField(unique=True)
    depth = peewee.FloatField(null=True)
    seal = peewee.BinaryUUIDField(null=True)

    class Meta:
        database = harbour


class Crane(peewee.Model):  # type: ignore[misc]
    stand = peewee.ForeignKeyField(Pier)
    spare = peewee.ForeignKeyField(Pier, backref="spares", null=True)

    class Meta:
        database = harbour


class Gull(peewee.Model):  # type: ignore[misc]
    name = peewee.CharField()


@dataclass(frozen=True)
class Seen:
    """One exception as a trace would hold it."""

    type: str
    module: str
    message: str
    origin: str
    mro: tuple[str, ...] = ()
    code: None = None
    status_code: None = None


def seen(error: BaseException) -> Seen:
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    kind = type(error)
    return Seen(
        kind.__qualname__,
        kind.__module__,
        str(error.args[0]) if error.args else "",
        f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_qualname}",
        tuple(base.__name__ for base in kind.__mro__ if base is not object),
    )


def cause(does: Callable[[], Any]) -> tuple[str | None, str | None]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is tested
        does()
    found = read_one(seen(caught.value), TABLES)
    return (None, None) if found is None else (found.cause, found.variant)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[None]:
    harbour.init(str(tmp_path / "harbour.db"), pragmas={"foreign_keys": 1})
    harbour.connect()
    harbour.create_tables([Pier, Crane])
    yield
    if not harbour.is_closed():
        harbour.close()
    harbour.init(None)


def begin_twice() -> None:
    with harbour.atomic():
        harbour.begin()


def close_inside() -> None:
    with harbour.atomic():
        harbour.close()


def manual_inside() -> None:
    with harbour.atomic(), harbour.manual_commit():
        pass


REFUSED: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("result-cardinality-mismatch", lambda: Pier.get(Pier.name == "none")),
    ("result-cardinality-mismatch", lambda: Crane().stand),
    ("unresolved-reference", lambda: Pier.select().join(Gull)),
    ("unresolved-reference", lambda: Crane.select().join(Pier)),
    ("unresolved-reference", lambda: Crane.stand.nmae),
    ("unresolved-reference", lambda: Pier.insert({"nmae": "x"})),
    ("unresolved-reference", lambda: Pier.update(nmae="x")),
    ("unresolved-reference", lambda: Crane.filter(stand__name="x", shade__gt=2)),
    ("backend-unsupported-operation", lambda: Pier.select().for_update().execute()),
    (
        "integrity-violation",
        lambda: Pier.insert_many([{"name": "a", "depth": 1}, {"depth": 2}]).execute(),
    ),
    ("bind-type-mismatch", lambda: Pier.create(name="a", seal=5.5)),
    ("mapping-misconfiguration", lambda: Gull.create(name="Jon")),
    ("mapping-misconfiguration", Gull.create_table),
    ("connection-lifecycle-violation", harbour.connect),
    ("connection-lifecycle-violation", begin_twice),
    ("connection-lifecycle-violation", close_inside),
    ("connection-lifecycle-violation", manual_inside),
    ("startup-connection-failure", lambda: db_url.connect("sqlite3:///harbour.db")),
)


@pytest.mark.parametrize(("wanted", "does"), REFUSED)
def test_what_peewee_refuses(opened: None, wanted: str, does: Callable[[], Any]) -> None:
    assert cause(does)[0] == wanted


def test_a_database_that_nobody_named() -> None:
    assert cause(harbour.connect)[0] == "data-layer-not-initialized"
    assert cause(lambda: peewee.DatabaseProxy().connect())[0] == "data-layer-not-initialized"


def test_a_connection_that_nobody_opened(tmp_path: Path) -> None:
    closed = peewee.SqliteDatabase(str(tmp_path / "closed.db"), autoconnect=False)

    assert cause(lambda: closed.execute_sql("SELECT 1"))[0] == "connection-lifecycle-violation"


def test_a_pool_that_has_none_left(tmp_path: Path) -> None:
    small = pool.PooledSqliteDatabase(str(tmp_path / "pool.db"), max_connections=1)
    small.connect()
    small._state.reset()  # as in another thread

    assert cause(small.connect)[0] == "connection-pool-exhaustion"


def test_what_others_raise_is_not_peewees() -> None:
    class DoesNotExist(Exception):
        pass

    def lookup() -> None:
        raise DoesNotExist("Pier matching query does not exist.")

    assert cause(lookup) == (None, None)
    assert cause(lambda: Decimal("deep")) == (None, None)
    assert cause(lambda: int("deep")) == (None, None)
