"""The exception classes of the installed libraries, as `exception_classes.txt` has them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import psycopg2.errorcodes
import psycopg2.errors

MODULES = (
    "aiosqlite",
    "asyncmy.errors",
    "asyncpg.exceptions",
    "asyncpg.exceptions._base",
    "asyncio.exceptions",
    "django.core.exceptions",
    "django.core.management.base",
    "django.db.migrations.exceptions",
    "django.db.models.deletion",
    "django.db.transaction",
    "django.db.utils",
    "fastapi.exceptions",
    "jinja2.exceptions",
    "marshmallow.exceptions",
    "peewee",
    "psycopg",
    "psycopg.errors",
    "psycopg2",
    "psycopg2.errors",
    "psycopg2.extensions",
    "psycopg_pool",
    "pydantic_core._pydantic_core",
    "pymysql.err",
    "rest_framework.exceptions",
    "sqlalchemy.exc",
    "sqlalchemy.orm.exc",
    "sqlite3",
    "starlette.exceptions",
    "tortoise.exceptions",
    "werkzeug.exceptions",
)
DIALECTS = (("sqlalchemy.dialects.postgresql.asyncpg", "AsyncAdapt_asyncpg_dbapi"),)


def rows() -> list[str]:
    """Lines of `name sqlstate bases`, sorted; `-` for a class without SQLSTATE."""
    found: set[str] = set()
    for kind in _classes():
        bases = [base.__name__ for base in kind.__mro__[1:] if base not in (object, BaseException)]
        for name in {kind.__qualname__, kind.__name__}:  # SQLAlchemy's messages have the latter
            found.add(" ".join((f"{kind.__module__}.{name}", _state(kind) or "-", *bases)))
    return sorted(found)


def _state(kind: type[BaseException]) -> str | None:
    if kind.__module__ == "psycopg2.errors":
        states = vars(psycopg2.errorcodes).values()
        return next((code for code in states if _looked_up(code) is kind), None)
    state = vars(kind).get("sqlstate")
    return state if isinstance(state, str) else None


def _looked_up(code: object) -> object:
    try:
        return psycopg2.errors.lookup(code) if isinstance(code, str) and len(code) == 5 else None
    except KeyError:
        return None


def _classes() -> Iterator[type[BaseException]]:
    roots = {module.partition(".")[0] for module in MODULES}
    owners = [importlib.import_module(name) for name in MODULES]
    values = [vars(owner) for owner in owners]
    values += [vars(getattr(importlib.import_module(name), held)) for name, held in DIALECTS]
    for names in values:
        for value in names.values():
            if type(value).__module__.startswith("django.conf"):
                continue
            if isinstance(value, type) and issubclass(value, BaseException):
                root = value.__module__.partition(".")[0]
                if root in roots and value.__module__ != "builtins":
                    yield value


if __name__ == "__main__":
    print("\n".join(rows()))
