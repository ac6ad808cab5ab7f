"""The shims, each with the module whose import by the target calls for it.

A shim is loaded only then: a process that uses none of the libraries does not pay for them.
"""

from __future__ import annotations

import sys
from typing import Any, Tuple

SHIMS: Tuple[Tuple[str, str], ...] = (
    ("sqlalchemy", "sqlalchemy"),
    ("sqlalchemy.orm", "sqlalchemy.orm"),
    ("sqlalchemy.ext.asyncio", "sqlalchemy.ext_asyncio"),
    ("peewee", "peewee"),
    ("playhouse.pool", "peewee.pools"),
    ("playhouse.pwasyncio", "peewee.pwasyncio"),
    ("tortoise", "tortoise"),
    ("tortoise.context", "tortoise.contexts"),
    ("asyncio", "unawaited"),
    ("_pytest.config", "pytest"),
    ("unittest.case", "unittest"),
    ("flask.app", "flask"),
    ("starlette.applications", "starlette"),
    ("fastapi.applications", "fastapi"),
    ("aiohttp.web_app", "aiohttp"),
    ("asgiref.sync", "django.async_sites"),
    ("django.core.handlers.base", "django_web"),
    ("rest_framework.views", "rest_framework"),
    ("ninja.main", "ninja"),
    ("sqlite3.dbapi2", "drivers.sqlite3"),
    ("aiosqlite.core", "drivers.aiosqlite"),
    ("psycopg", "drivers.psycopg"),
    ("psycopg_pool", "drivers.psycopg_pool"),
    ("psycopg2", "drivers.psycopg2"),
    ("asyncpg", "drivers.asyncpg"),
    ("pymysql", "drivers.pymysql"),
    ("MySQLdb.connections", "drivers.mysqldb"),
    ("aiomysql", "drivers.aiomysql"),
    ("asyncmy", "drivers.asyncmy"),
    ("django.core.exceptions", "django.exceptions"),
    ("django.db.utils", "django.db_errors"),
    ("django.db.backends.utils", "django.cursors"),
    ("django.db.backends.base.base", "django.backends"),
    ("django.db.models", "django"),
    ("django.db.models.sql.compiler", "django.compilers"),
    ("django.contrib.contenttypes.fields", "django.generic"),
)
"""(trigger, module of this package); the trigger is the module's own TRIGGER."""


def load(name: str) -> Any:
    """The shim of that name: a module that satisfies `shim.Shim`."""
    full = "%s.%s" % (__name__, name)
    __import__(full)
    return sys.modules[full]
