"""What database drivers say: SQLSTATE, SQLite's error names, MySQL's numbers, own messages.

Sources: PostgreSQL's appendix A (error codes), SQLite's result codes, MySQL's server error
reference; texts as psycopg 3.3, asyncpg 0.32, sqlite3 of Python 3.12, PyMySQL 1.2, mysqlclient
2.3, aiomysql 0.3 and asyncmy 0.2 raise them; numbers as MariaDB 10.11 sends them.
"""

import re

from ormprobe_taxonomy.exceptions import Row

_SQLITE = ("sqlite3", "aiosqlite", "pysqlite")
_MYSQL = ("pymysql", "MySQLdb", "aiomysql", "asyncmy")


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_CONSTRAINTS: tuple[Row, ...] = (
    Row(
        cause="integrity-violation",
        facet="unique",
        status=("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "1062"),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        status=("23502", "SQLITE_CONSTRAINT_NOTNULL", "1048", "1364"),
    ),
    Row(
        cause="integrity-violation",
        facet="foreign-key",
        status=("23503", "SQLITE_CONSTRAINT_FOREIGNKEY", "1451", "1452", "1216", "1217", "1761"),
    ),
    Row(
        cause="integrity-violation",
        facet="check",
        status=("23514", "SQLITE_CONSTRAINT_CHECK", "3819", "4025"),
    ),
    Row(cause="integrity-violation", facet="exclusion", status=("23P01",)),
    # before Python 3.11 sqlite3 has no error names
    Row(cause="bind-type-mismatch", module=_SQLITE, pattern=_says("datatype mismatch")),
    Row(
        cause="integrity-violation",
        facet="unique",
        module=_SQLITE,
        pattern=_says("UNIQUE constraint failed"),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        module=_SQLITE,
        pattern=_says("NOT NULL constraint failed"),
    ),
    Row(
        cause="integrity-violation",
        facet="foreign-key",
        module=_SQLITE,
        pattern=_says("FOREIGN KEY constraint failed"),
    ),
    Row(
        cause="integrity-violation",
        facet="check",
        module=_SQLITE,
        pattern=_says("CHECK constraint failed"),
    ),
)

_NAMES: tuple[Row, ...] = (
    Row(
        cause="unresolved-reference",
        status=("42P01",),
        pattern=_says("missing FROM-clause entry|invalid reference to FROM-clause entry"),
    ),
    Row(cause="schema-not-created", status=("42P01", "1146")),
    Row(cause="schema-not-created", module=_SQLITE, pattern=_says(r"no such table")),
    Row(cause="unresolved-reference", status=("42703", "42702", "1054", "1052")),
    Row(
        cause="unresolved-reference",
        module=_SQLITE,
        pattern=_says(r"no such column|ambiguous column name|has no column named"),
    ),
    Row(
        cause="backend-unsupported-operation",
        module=_SQLITE,
        pattern=_says(r"unrecognized token: .?[@:]|near .?(ILIKE|::)|no such function"),
    ),
    Row(cause="backend-unsupported-operation", module=_SQLITE, pattern=_says("^unsupported ")),
    Row(
        cause="backend-unsupported-operation",
        status=("42883",),
        pattern=_says(r"function .* does not exist"),
    ),
    Row(
        cause="schema-model-drift",
        variant="changed-while-running",
        pattern=_says("cached statement plan is invalid"),
    ),
    Row(
        cause="schema-model-drift",
        variant="changed-while-running",
        module=("asyncpg",),
        types=("InvalidCachedStatementError", "OutdatedSchemaCacheError"),
    ),
    # a deadlock, or a statement that commits by itself, ended the savepoint with its transaction
    Row(cause="failed-transaction-reuse", status=("1305",), pattern=_says("SAVEPOINT")),
    Row(cause="backend-unsupported-operation", status=("0A000", "42704", "1305", "1235")),
    # a key over a column whose type it cannot have there
    Row(cause="backend-unsupported-operation", status=("1071", "1170", "1273", "1115")),
    Row(cause="malformed-statement", status=("42601", "42P02", "42803", "42P10", "08P01")),
    Row(cause="malformed-statement", status=("42P20", "42P19", "42611")),
    Row(
        cause="malformed-statement",
        module=("psycopg",),
        pattern=_says(
            r"the query has \S+ placeholders? but|are allowed as placeholders"
            r"|query parameter missing|cannot insert multiple commands"
        ),
    ),
    Row(
        cause="malformed-statement",
        status=("1064", "1055", "1056", "1058", "1065", "1066", "1110", "1111", "1136"),
    ),
    Row(cause="malformed-statement", status=("1140", "1149", "1221", "1222")),
    Row(
        cause="malformed-statement",
        module=_MYSQL,
        pattern=_says("^not all arguments converted|^not enough arguments for format string"),
    ),
    Row(
        cause="malformed-statement",
        module=("asyncpg",),
        pattern=_says(r"the server expects \S+ arguments? for this query"),
    ),
    Row(
        cause="malformed-statement",
        module=_SQLITE,
        pattern=_says(
            r"syntax error|incomplete input|number of bindings|unrecognized token|misuse of"
            r"|values for \S+ columns|number of result columns|columns \S+ expected"
            r"|number of arguments to function|one statement at a time|did not supply a value for"
        ),
    ),
    Row(cause="mapping-misconfiguration", status=("42830", "1072", "1215", "1822", "3780")),
    Row(
        cause="mapping-misconfiguration", status=("1005",), pattern=_says("errno: 150|foreign key")
    ),
    Row(
        cause="schema-model-drift",
        variant="replayed",
        status=("42P07", "42701", "42710", "1050", "1060", "1061"),
    ),
    Row(
        cause="schema-model-drift",
        variant="replayed",
        module=_SQLITE,
        pattern=_says(r"^(table|index|view) \S+ already exists|^duplicate column name"),
    ),
)

_VALUES: tuple[Row, ...] = (
    Row(
        cause="timezone-mismatch",
        pattern=_says("offset-naive and offset-aware"),
    ),
    # what nobody awaited was bound in place of what it would have found
    Row(
        cause="unawaited-db-call",
        module=(*_SQLITE, "psycopg", "asyncpg"),
        pattern=_says(r"type '?coroutine|<coroutine|'coroutine' object"),
    ),
    Row(cause=None, status=("22012",)),  # a division by zero: the values fit, the sum does not
    Row(
        cause="bind-type-mismatch",
        status=("42883", "42804", "42846", "42P18", "42P08", "42725", "22*"),
    ),
    Row(
        cause="bind-type-mismatch",
        module=("psycopg",),
        pattern=_says(r"can(not|'t) adapt type|cannot contain NUL"),
    ),
    Row(
        cause="bind-type-mismatch",
        module=("asyncpg",),
        pattern=_says(r"invalid input for query argument"),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("OverflowError",),
        pattern=_says("too large to convert to SQLite"),
    ),
    Row(
        cause="bind-type-mismatch",
        status=("1264", "1265", "1292", "1366", "1367", "1406", "1411", "1690", "3140"),
    ),
    Row(
        cause="bind-type-mismatch",
        module=_SQLITE,
        pattern=_says("binding parameter|^malformed JSON|^string or blob too big"),
    ),
    Row(cause="result-cardinality-mismatch", status=("21000", "1241", "1242")),
)

_CONNECTIONS: tuple[Row, ...] = (
    Row(cause="failed-transaction-reuse", status=("25P02",)),
    Row(cause="write-conflict", status=("40001", "40002", "40P01", "55P03")),
    Row(cause="write-conflict", status=("1020", "1205", "1213", "3572")),
    Row(cause="write-conflict", status=("SQLITE_BUSY*", "SQLITE_LOCKED*")),
    Row(cause="write-conflict", module=_SQLITE, pattern=_says(r"database( table)? is locked")),
    Row(cause="connection-pool-exhaustion", status=("53300", "1040", "1203", "1226")),
    Row(cause="connection-pool-exhaustion", module=("psycopg_pool",), types=("PoolTimeout",)),
    Row(cause="connection-pool-exhaustion", pattern=_says("connection pool exhausted")),
    Row(
        cause="connection-context-mismatch",
        pattern=_says("objects created in a thread can only be used in that same thread"),
    ),
    Row(
        cause="connection-context-mismatch",
        pattern=_says("attached to a different loop|Event loop is closed"),
    ),
    Row(cause="concurrent-connection-use", pattern=_says("another operation is in progress")),
    Row(
        cause="concurrent-connection-use",
        pattern=_says("another command is already in progress|Recursive use of cursors"),
    ),
    Row(cause="concurrent-connection-use", status=("2014",)),
    Row(
        cause="concurrent-connection-use",
        module=_MYSQL,
        pattern=_says("Packet sequence number wrong|Commands? out of sync"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        status=("26000", "42P05", "25P03", "57P01", "57P05"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        status=("1053", "1927", "2006", "2013", "2055", "4031"),
    ),
    Row(cause="connection-lifecycle-violation", module=_MYSQL, status=("0",)),
    Row(
        cause="connection-lifecycle-violation",
        module=_MYSQL,
        pattern=_says("^Already closed|^cursor closed|Not connected|^Cancelled during execution"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        pattern=_says(
            "Cannot operate on a closed database|released back to the pool|connection is closed"
            "|the connection is closed|no active connection|threads can only be started once"
            "|^connection already closed|Cannot operate on a closed cursor|^the cursor is closed"
            "|^cursor already closed"
        ),
    ),
    Row(
        cause="startup-connection-failure",
        status=("28*", "3D000", "42501", "08001", "08004", "08006", "57P03"),
    ),
    Row(
        cause="startup-connection-failure",
        status=("1044", "1045", "1046", "1049", "1130", "1142", "1143", "1227", "1251", "1698"),
    ),
    Row(
        cause="startup-connection-failure",
        status=("2002", "2003", "2005", "2026", "2054", "2059", "2061"),
    ),
    Row(
        cause="startup-connection-failure",
        status=("SQLITE_CANTOPEN*", "SQLITE_READONLY*", "SQLITE_NOTADB"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_SQLITE,
        pattern=_says("unable to open database file|readonly database|file is not a database"),
    ),
    Row(
        cause="startup-connection-failure",
        types=("OperationalError",),
        module=("psycopg", "psycopg2"),
        pattern=_says("connection (to server|failed)|could not (connect|translate)|refused"),
    ),
)

ROWS: tuple[Row, ...] = (*_CONSTRAINTS, *_NAMES, *_VALUES, *_CONNECTIONS)
