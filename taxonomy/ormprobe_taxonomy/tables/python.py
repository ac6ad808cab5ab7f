"""What Python itself raises when the data layer is at fault."""

import re

from ormprobe_taxonomy.exceptions import Row

_DRIVERS = (
    "psycopg2|psycopg|psycopg_c|pg8000|asyncpg|pymysql|MySQLdb|mysql|aiomysql|asyncmy|mariadb"
    "|aiosqlite|pysqlcipher3|sqlcipher3|cx_Oracle|oracledb|pyodbc|aioodbc|pymssql"
)

_RESULT = (
    "(?:Legacy)?(?:Cursor|ChunkedIterator|Iterator|Scalar|Mapping|Frozen|Merged)Result"
    "|Async(?:Scalar|Mapping)?Result|RowMapping|LegacyRow|sqlite3.Row|asyncpg.Record"
)
_HAND = r"sqlalchemy/(engine|cyextension)/(_?row\w*|_?result\w*)\.pyx?:"

_RESULTS: tuple[Row, ...] = (
    Row(
        cause="result-object-misuse",
        types=("AttributeError", "TypeError"),
        pattern=re.compile(f"^'(?:{_RESULT})' object|^object of type '(?:{_RESULT})'"),
    ),
    Row(
        cause="result-object-misuse",
        types=("AttributeError", "KeyError", "TypeError"),
        origin=re.compile(_HAND),
    ),
    Row(
        cause="result-object-misuse",
        types=("AttributeError", "KeyError"),
        pattern=re.compile("Could not locate column in row for column"),
    ),
)

ROWS: tuple[Row, ...] = (
    Row(
        cause="unawaited-db-call",
        types=("AttributeError", "TypeError"),
        pattern=re.compile(
            "'coroutine' object|of type '?coroutine'? |non-iterable coroutine object"
            "|(instances of|operand type).*'coroutine'"
        ),
    ),
    Row(
        cause="startup-connection-failure",
        types=("ModuleNotFoundError",),
        pattern=re.compile(rf"No module named '(?:{_DRIVERS})\b"),
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("AttributeError",),
        pattern=re.compile(
            "Neither '.*Comparator' object .*attribute "
            "'(astext|has_key|has_any|has_all|contained_by|overlap|path_exists|path_match)'"
        ),
    ),
    Row(
        cause="unresolved-reference",
        types=("AttributeError",),
        pattern=re.compile("Neither '[^']*' object nor 'Comparator' object"),
    ),
    Row(
        cause="unresolved-reference",
        types=("AttributeError",),
        origin=re.compile(r"sqlalchemy/sql/base\.py:.*ColumnCollection\.__getattr__"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        types=("AttributeError",),
        pattern=re.compile("^Class .* does not have a mapped column named"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-class",
        types=("AttributeError",),
        # a plain value was given to a relationship
        pattern=re.compile("object has no attribute '_sa_instance_state'"),
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("AttributeError",),
        pattern=re.compile("object has no attribute"),
        origin=re.compile(r"sqlalchemy/(sql/(compiler|visitors)|dialects/\w+/base)\.py:"),
    ),
    Row(
        cause="malformed-statement",
        types=("TypeError", "ValueError", "IndexError", "KeyError"),
        pattern=re.compile(
            "arguments converted during string formatting|arguments for format string"
            "|unsupported format character|tuple index out of range|format requires a mapping"
        ),
        # the driver fills in the arguments itself
        origin=re.compile(
            r"sqlalchemy/engine/default\.py:|psycopg2|(pymysql|aiomysql|asyncmy)/cursors"
        ),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("TypeError",),
        pattern=re.compile("^dict can not be used as parameter"),  # PyMySQL's converters
    ),
    Row(
        cause="bind-type-mismatch",
        types=("ValueError",),
        pattern=re.compile("cannot contain NUL"),
        origin=re.compile(r"sqlalchemy/engine/default\.py:|psycopg2"),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("ValueError", "TypeError"),
        pattern=re.compile(r"int\(\)"),
        # of LIMIT or OFFSET
        origin=re.compile(r"sqlalchemy/util/langhelpers\.py:asint"),
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
        cause="mapping-misconfiguration",
        variant="unmapped-class",
        types=("TypeError",),
        pattern=re.compile("^Incompatible collection type: "),
        origin=re.compile(r"sqlalchemy/orm/"),
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        pattern=re.compile(r"not yet supported for relationships"),
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        pattern=re.compile(r"not implemented for the base (ARRAY|JSON) type"),
    ),
    *_RESULTS,
)
