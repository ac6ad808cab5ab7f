"""What Python itself raises when the data layer is at fault."""

import re

from ormprobe_taxonomy.exceptions import Row

_DRIVERS = (
    "psycopg2|psycopg|psycopg_c|pg8000|asyncpg|pymysql|MySQLdb|mysql|aiomysql|asyncmy|mariadb"
    "|aiosqlite|pysqlcipher3|sqlcipher3|cx_Oracle|oracledb|pyodbc|aioodbc|pymssql"
)

ROWS: tuple[Row, ...] = (
    Row(
        cause="startup-connection-failure",
        types=("ModuleNotFoundError",),
        pattern=re.compile(rf"No module named '(?:{_DRIVERS})\b"),
    ),
    Row(
        cause="unresolved-reference",
        types=("AttributeError",),
        pattern=re.compile("Neither '(InstrumentedAttribute|AnnotatedColumn)' object nor"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-attribute",
        types=("TypeError",),
        # the mapped class is named without the parentheses that a function's name has
        pattern=re.compile(r"is an invalid keyword argument for \w+$"),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("TypeError", "StatementError"),
        pattern=re.compile("SQLite (DateTime|Date|Time) type only accepts Python"),
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        pattern=re.compile("not implemented for the base ARRAY type"),
    ),
    Row(
        cause="unawaited-db-call",
        types=("AttributeError", "TypeError"),
        pattern=re.compile(
            "'coroutine' object|of type '?coroutine'? |non-iterable coroutine object"
            "|(instances of|operand type).*'coroutine'"
        ),
    ),
)
