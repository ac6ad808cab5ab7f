"""What the app's source imports that stores data; read when asked."""

from __future__ import annotations

import ast
from functools import lru_cache

from ormprobe.source import Source

ORMS = {
    "sqlalchemy": "sqlalchemy",
    "sqlmodel": "sqlalchemy",
    "flask_sqlalchemy": "sqlalchemy",
    "peewee": "peewee",
    "playhouse": "peewee",
    "tortoise": "tortoise",
    "django.db": "django",
    "django.contrib.auth": "django",
}
"""ORMs that are watched, by the modules that they are imported from."""

_STORES = frozenset(
    (
        "sqlite3", "aiosqlite", "psycopg", "psycopg2", "psycopg_pool", "asyncpg", "pg8000",
        "pymysql", "MySQLdb", "aiomysql", "asyncmy", "mysql", "mariadb", "pyodbc", "oracledb",
        "duckdb", "databases", "pony", "piccolo", "ormar", "gino", "sqlobject", "orator",
        "records", "dataset", "pymongo", "motor", "mongoengine", "beanie", "odmantic", "redis",
        "aioredis", "aredis", "tinydb", "shelve", "dbm", "elasticsearch", "boto3", "aioboto3",
        "cassandra", "neo4j", "firebase_admin", "supabase", "edgedb", "prisma", "pickle",
        "diskcache", "lmdb", "plyvel", "zodb", "ZODB", "httpx", "requests", "grpc",
    )
)  # fmt: skip
"""What else may keep data, by itself or through another service."""


def orms_of(source: Source, path: str) -> frozenset[str]:
    """The ORMs that a file imports."""
    return frozenset(
        orm
        for name in _imported(source, path)
        for module, orm in ORMS.items()
        if _is_of(name, module)
    )


@lru_cache(maxsize=8)
def stores_data(source: Source) -> bool:
    """Whether any file of the app, outside its tests, imports what may keep data."""
    return any(
        name.partition(".")[0] in _STORES or any(_is_of(name, module) for module in ORMS)
        for path in source.files()
        for name in _imported(source, path)
    )


def _is_of(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


def _imported(source: Source, path: str) -> frozenset[str]:
    """The modules, and the names from modules, that a file imports."""
    found: set[str] = set()
    tree = source.tree(path)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)
