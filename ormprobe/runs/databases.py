"""Signs of databases and ORMs in a line of source or configuration: data, one row a sign."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern and what it is a sign of."""

    name: str
    pattern: re.Pattern[str]


def _sign(name: str, pattern: str) -> Sign:
    return Sign(name, re.compile(pattern, re.VERBOSE))


CONNECTIONS = (
    _sign(
        "sqlite",
        r"""\bsqlite(?:\+\w+)?:// | \bprovider\s*=\s*["']sqlite | \bdrivername\s*=\s*["']sqlite
        | \bdialect["']?\s*[:=]\s*["'`]sqlite | django\.db\.backends\.sqlite3
        | \b(?:aio)?sqlite3?\.connect\s*\( | \bSqlite(?:Ext)?Database\s*\(
        | \bnew\s+sqlite3?\.Database\b | \bdriver\s*:\s*sqlite3?\.Database
        | \bnew\s+(?:BetterSqlite3|DatabaseSync|Database)\s*\(""",
    ),
    _sign(
        "postgresql",
        r"""\bpostgres(?:ql)?(?:\+\w+)?:// | \bprovider\s*=\s*["']postgres
        | \bdrivername\s*=\s*["']postgres | \bdialect["']?\s*[:=]\s*["'`]postgres
        | django\.db\.backends\.postgresql | \bPostgresql(?:Ext)?Database\s*\(
        | \bpsycopg(?:2|\.\w+)?\.connect\s*\( | \b(?:Async)?ConnectionPool\s*\(
        | \basyncpg\.(?:connect|create_pool)\s*\( | \baiopg\.create_pool\s*\(
        | \bnew\s+(?:pg\.)?(?:Pool|Client)\s*\(""",
    ),
    _sign(
        "mysql",
        r"""\b(?:mysql|mariadb)(?:\+\w+)?:// | \bprovider\s*=\s*["']mysql
        | \bdialect["']?\s*[:=]\s*["'`](?:mysql|mariadb) | django\.db\.backends\.mysql
        | \b(?:pymysql|MySQLdb|aiomysql|asyncmy)\.(?:connect|create_pool)\s*\(
        | \bMySQLDatabase\s*\( | \bmysql2?\.create(?:Connection|Pool)\s*\(""",
    ),
    _sign("mongodb", r"\bmongodb(?:\+srv)?:// | \bMongoClient\s*\( | \bmongoose\.connect\s*\("),
)
"""Where a database is connected or configured."""

DRIVERS = {
    "sqlite3": "sqlite",
    "aiosqlite": "sqlite",
    "better-sqlite3": "sqlite",
    "sqlite": "sqlite",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql",
    "psycopg-binary": "postgresql",
    "asyncpg": "postgresql",
    "aiopg": "postgresql",
    "pg": "postgresql",
    "pg-promise": "postgresql",
    "postgres": "postgresql",
    "pymysql": "mysql",
    "aiomysql": "mysql",
    "asyncmy": "mysql",
    "mysqlclient": "mysql",
    "mysql2": "mysql",
    "mariadb": "mysql",
    "pymongo": "mongodb",
    "motor": "mongodb",
    "mongodb": "mongodb",
    "mongoose": "mongodb",
}
"""Packages and modules by the database that they connect to."""

SHARED_NAMES = {
    "ConnectionPool": ("psycopg_pool",),
    "AsyncConnectionPool": ("psycopg_pool",),
    "Pool": ("pg",),
    "Client": ("pg",),
    "Database": ("better-sqlite3", "sqlite3", "sqlite", "bun:sqlite"),
}
"""Classes that are a sign only where their file imports one of these."""

ORMS = {
    "sqlalchemy": "sqlalchemy",
    "flask_sqlalchemy": "sqlalchemy",
    "flask-sqlalchemy": "sqlalchemy",
    "sqlmodel": "sqlalchemy",
    "peewee": "peewee",
    "playhouse": "peewee",
    "tortoise": "tortoise",
    "tortoise-orm": "tortoise",
    "pony": "pony",
    "sequelize": "sequelize",
    "sequelize-typescript": "sequelize",
    "typeorm": "typeorm",
    "@prisma/client": "prisma",
    "drizzle-orm": "drizzle",
    "knex": "knex",
    "objection": "objection",
    "@mikro-orm/core": "mikro-orm",
}
"""Packages and modules by the ORM that they are or bring."""

ORM_USES = (
    _sign(
        "sqlalchemy",
        r"""\bcreate_(?:async_)?engine\s*\( | \b(?:async_)?sessionmaker\s*\( | \bSQLAlchemy\s*\(
        | \bdeclarative_base\s*\( | \(\s*DeclarativeBase\b | \bmapped_column\s*\( | \bSQLModel\b
        | \bdb\.(?:Column|session|Model)\b | \bColumn\s*\( | \brelationship\s*\(
        | \bsession\.(?:query|execute|add|scalars?|get)\s*\(""",
    ),
    _sign(
        "django",
        r"""\(\s*models\.Model\s*\) | \bmodels\.\w*(?:Field|ForeignKey|OneToOneField)\s*\(
        | \b[A-Z]\w*\.objects\.\w+""",
    ),
    _sign(
        "peewee",
        r"\(\s*(?:peewee\.)?Model\s*\) | \b(?:peewee|pw)\.\w*Field\s*\( | \b\w*Database\s*\(",
    ),
    _sign(
        "tortoise", r"\bTortoise\.init\s*\( | \bregister_tortoise\s*\( | \bfields\.\w*Field\s*\("
    ),
    _sign(
        "sequelize",
        r"""\bnew\s+Sequelize(?:\.Sequelize)?\s*\( | \bsequelize\.define\s*\( | \bDataTypes\.\w+
        | \bextends\s+(?:Sequelize\.)?Model\b""",
    ),
    _sign("prisma", r"\bnew\s+PrismaClient\s*\("),
    _sign("typeorm", r"\bnew\s+DataSource\s*\( | @Entity\s*\("),
    _sign("drizzle", r"\bdrizzle\s*\("),
)
"""Where an ORM is used, in a file that imports it."""

RAW = _sign(
    "raw",
    r"""\b(?:aio)?sqlite3?\.connect\s*\( | \bpsycopg2?\.connect\s*\(
    | \basyncpg\.(?:connect|create_pool)\s*\( | \bnew\s+(?:pg\.)?Pool\s*\(
    | \bnew\s+sqlite3?\.Database\b | \bnew\s+Database\s*\(""",
)
"""A driver connected by hand."""

WORDS = (
    *("sqlite", "postgres", "psycopg", "asyncpg", "aiopg", "mysql", "maria", "mongo", "dialect"),
    *("provider", "drivername", "pool", "client", "database", "backends"),
)
"""One of these stands in every line that `CONNECTIONS` or `RAW` match, in lower case."""
