"""The exception tables: what libraries really raise, text by text, to the cause it names.

Texts are those that SQLAlchemy 2.1, sqlite3, psycopg 3, asyncpg, aiosqlite and PyMySQL raise.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from ormprobe_taxonomy.exceptions import Row, read_one
from ormprobe_taxonomy.tables import TABLES


class Found(NamedTuple):
    """An exception as a trace tells of it."""

    type: str
    module: str | None
    mro: tuple[str, ...]
    message: str
    code: str | None = None
    status_code: str | None = None
    origin: str | None = None


def sqlite(message: str, status: str | None = None, kind: str = "OperationalError") -> Found:
    mro = (kind, "DatabaseError", "Error", "Exception")
    return Found(kind, "sqlite3", mro, message, status_code=status)


def postgres(status: str, message: str = "", kind: str = "ProgrammingError") -> Found:
    return Found(kind, "psycopg.errors", (kind, "DatabaseError", "Error"), message, None, status)


def mysql(number: str, message: str = "", kind: str = "OperationalError") -> Found:
    return Found(kind, "pymysql.err", (kind, "DatabaseError", "Error"), message, None, number)


def orm(kind: str, message: str = "", code: str | None = None, *mro: str) -> Found:
    return Found(kind, "sqlalchemy.exc", (kind, *mro, "SQLAlchemyError"), message, code)


def python(kind: str, message: str, module: str = "builtins") -> Found:
    return Found(kind, module, (kind, "Exception"), message)


def read(found: Found) -> tuple[str, str | None] | None:
    reading = read_one(found, TABLES)
    return None if reading is None else (reading.cause, reading.facet)


CONSTRAINTS = [
    ("unique", "UNIQUE constraint failed: users.email", "SQLITE_CONSTRAINT_UNIQUE"),
    ("unique", "UNIQUE constraint failed: users.id", "SQLITE_CONSTRAINT_PRIMARYKEY"),
    ("not-null", "NOT NULL constraint failed: users.email", "SQLITE_CONSTRAINT_NOTNULL"),
    ("foreign-key", "FOREIGN KEY constraint failed", "SQLITE_CONSTRAINT_FOREIGNKEY"),
    ("check", "CHECK constraint failed: positive", "SQLITE_CONSTRAINT_CHECK"),
]


@pytest.mark.parametrize(("facet", "message", "status"), CONSTRAINTS)
def test_sqlite_constraints_with_and_without_error_names(
    facet: str, message: str, status: str
) -> None:
    expected = ("integrity-violation", facet)

    assert read(sqlite(message, status, "IntegrityError")) == expected
    assert read(sqlite(message, kind="IntegrityError")) == expected


@pytest.mark.parametrize(
    ("status", "facet"),
    [
        ("23505", "unique"), ("1062", "unique"),
        ("23502", "not-null"), ("1048", "not-null"), ("1364", "not-null"),
        ("23503", "foreign-key"), ("1451", "foreign-key"), ("1452", "foreign-key"),
        ("1216", "foreign-key"), ("1217", "foreign-key"),
        ("23514", "check"), ("3819", "check"), ("4025", "check"),
        ("23P01", "exclusion"),
    ],
)  # fmt: skip
def test_constraints_of_servers_by_number(status: str, facet: str) -> None:
    assert read(postgres(status, kind="IntegrityError")) == ("integrity-violation", facet)


DRIVERS = [
    # a name that is not there
    ("schema-not-created", sqlite("no such table: orders", "SQLITE_ERROR")),
    ("schema-not-created", sqlite("no such table: main.orders")),
    ("schema-not-created", postgres("42P01", 'relation "orders" does not exist')),
    ("schema-not-created", mysql("1146", "Table 'shop.orders' doesn't exist")),
    ("unresolved-reference", postgres("42P01", 'missing FROM-clause entry for table "fu"')),
    (
        "unresolved-reference",
        postgres("42P01", 'invalid reference to FROM-clause entry for table "f"'),
    ),
    ("unresolved-reference", postgres("42703", 'column f.user_id does not exist')),
    ("unresolved-reference", postgres("42702", 'column reference "id" is ambiguous')),
    ("unresolved-reference", sqlite("no such column: depots.city", "SQLITE_ERROR")),
    ("unresolved-reference", sqlite("ambiguous column name: id", "SQLITE_ERROR")),
    ("unresolved-reference", sqlite("table users has no column named nick")),
    ("unresolved-reference", mysql("1054", "Unknown column 'x' in 'where clause'")),
    ("unresolved-reference", mysql("1052", "Column 'id' in order clause is ambiguous")),
    # another dialect
    ("backend-unsupported-operation", sqlite('unrecognized token: "@"')),
    ("backend-unsupported-operation", sqlite('near "ILIKE": syntax error')),
    ("backend-unsupported-operation", sqlite("no such function: date_trunc")),
    ("backend-unsupported-operation", postgres("42883", "function julianday() does not exist")),
    ("backend-unsupported-operation", postgres("0A000", "not supported")),
    ("backend-unsupported-operation", postgres("42704", 'type "citext" does not exist')),
    ("backend-unsupported-operation", mysql("1305", "FUNCTION shop.x does not exist")),
    ("backend-unsupported-operation", mysql("1235", "not yet supported")),
    # text that is no statement
    ("malformed-statement", sqlite('near "x": syntax error')),
    ("malformed-statement", sqlite("incomplete input")),
    (
        "malformed-statement",
        sqlite("Incorrect number of bindings supplied. The current statement uses 1", None,
               "ProgrammingError"),
    ),
    ("malformed-statement", postgres("42601", "syntax error at or near")),
    ("malformed-statement", postgres("42P02", "there is no parameter $1")),
    ("malformed-statement", postgres("08P01", "bind message supplies 1 parameters")),
    ("malformed-statement", postgres("42803", "must appear in the GROUP BY clause")),
    ("malformed-statement", postgres("42P10", "SELECT DISTINCT, ORDER BY expressions")),
    ("malformed-statement", mysql("1064", "You have an error in your SQL syntax")),
    ("malformed-statement", mysql("1055", "not in GROUP BY")),
    ("malformed-statement", mysql("1111", "Invalid use of group function")),
    (
        "malformed-statement",
        Found("InterfaceError", "asyncpg.exceptions", ("InterfaceError",),
              "the server expects 1 argument for this query, 2 were passed"),
    ),
    # values
    ("bind-type-mismatch", sqlite("datatype mismatch", "SQLITE_MISMATCH", "IntegrityError")),
    (
        "bind-type-mismatch",
        sqlite("Error binding parameter 1: type 'dict' is not supported", None, "InterfaceError"),
    ),
    ("bind-type-mismatch", postgres("42883", "operator does not exist: integer = text")),
    ("bind-type-mismatch", postgres("42804", "type boolean but expression is of type text")),
    ("bind-type-mismatch", postgres("42846", "cannot cast type")),
    ("bind-type-mismatch", postgres("42P18", "could not determine data type of parameter $1")),
    ("bind-type-mismatch", postgres("22P02", "invalid input syntax for type integer")),
    ("bind-type-mismatch", postgres("22007", "invalid input syntax for type date")),
    ("bind-type-mismatch", postgres("22001", "value too long for type character varying(10)")),
    ("bind-type-mismatch", postgres("22000", "invalid input for query argument $1")),
    ("bind-type-mismatch", mysql("1406", "Data too long for column")),
    ("bind-type-mismatch", mysql("1265", "Data truncated for column")),
    ("bind-type-mismatch", mysql("1367", "Illegal double value")),
    (
        "timezone-mismatch",
        postgres("22000", "can't subtract offset-naive and offset-aware datetimes"),
    ),
    ("result-cardinality-mismatch", postgres("21000", "more than one row returned")),
    ("result-cardinality-mismatch", mysql("1242", "Subquery returns more than 1 row")),
    ("result-cardinality-mismatch", mysql("1241", "Operand should contain 1 column")),
    # transactions and connections
    ("failed-transaction-reuse", postgres("25P02", "current transaction is aborted")),
    ("write-conflict", postgres("40001", "could not serialize access")),
    ("write-conflict", postgres("40P01", "deadlock detected")),
    ("write-conflict", postgres("55P03", "could not obtain lock")),
    ("write-conflict", postgres("40002", "integrity violation at commit")),
    ("write-conflict", mysql("1205", "Lock wait timeout exceeded")),
    ("write-conflict", mysql("1213", "Deadlock found")),
    ("write-conflict", sqlite("database is locked", "SQLITE_BUSY")),
    ("write-conflict", sqlite("database is locked", "SQLITE_BUSY_SNAPSHOT")),
    ("write-conflict", sqlite("database table is locked: orders", "SQLITE_LOCKED")),
    ("write-conflict", sqlite("database is locked")),
    ("connection-pool-exhaustion", postgres("53300", "too many connections")),
    ("connection-pool-exhaustion", mysql("1040", "Too many connections")),
    (
        "connection-context-mismatch",
        sqlite(
            "SQLite objects created in a thread can only be used in that same thread.",
            None, "ProgrammingError",
        ),
    ),
    (
        "connection-context-mismatch",
        python("RuntimeError", "Task got Future attached to a different loop"),
    ),
    ("connection-context-mismatch", python("RuntimeError", "Event loop is closed")),
    (
        "concurrent-connection-use",
        Found("InterfaceError", "asyncpg.exceptions", ("InterfaceError",),
              "cannot perform operation: another operation is in progress"),
    ),
    (
        "connection-lifecycle-violation",
        sqlite("Cannot operate on a closed database.", None, "ProgrammingError"),
    ),
    (
        "connection-lifecycle-violation",
        Found("InterfaceError", "asyncpg.exceptions", ("InterfaceError",),
              "connection has been released back to the pool"),
    ),
    (
        "connection-lifecycle-violation",
        Found("InterfaceError", "asyncpg.exceptions", ("InterfaceError",), "connection is closed"),
    ),
    (
        "connection-lifecycle-violation",
        python("RuntimeError", "threads can only be started once"),
    ),
    ("connection-lifecycle-violation", python("ValueError", "no active connection", "aiosqlite")),
    ("connection-lifecycle-violation", postgres("26000", "prepared statement does not exist")),
    # never connected
    ("startup-connection-failure", sqlite("unable to open database file", "SQLITE_CANTOPEN")),
    ("startup-connection-failure", sqlite("unable to open database file")),
    ("startup-connection-failure", sqlite("attempt to write a readonly database")),
    ("startup-connection-failure", sqlite("file is not a database", None, "DatabaseError")),
    ("startup-connection-failure", postgres("28P01", "password authentication failed")),
    ("startup-connection-failure", postgres("28000", "no pg_hba.conf entry")),
    ("startup-connection-failure", postgres("3D000", 'database "x" does not exist')),
    ("startup-connection-failure", postgres("42501", "permission denied for table orders")),
    ("startup-connection-failure", postgres("08001", "unable to connect")),
    ("startup-connection-failure", mysql("1045", "Access denied for user")),
    ("startup-connection-failure", mysql("1049", "Unknown database")),
    ("startup-connection-failure", mysql("2003", "Can't connect to MySQL server")),
    (
        "startup-connection-failure",
        Found("OperationalError", "psycopg", ("OperationalError",),
              'connection failed: connection to server at "127.0.0.1", port 1 failed'),
    ),
    # migrations
    ("schema-model-drift", postgres("42P07", 'relation "orders" already exists')),
    ("schema-model-drift", postgres("42701", 'column "a" already exists')),
    (
        "schema-model-drift",
        postgres("0A000", "cached statement plan is invalid due to a database schema change"),
    ),
]  # fmt: skip

SQLALCHEMY = [
    (
        "detached-instance-access",
        orm("DetachedInstanceError",
            "Parent instance <A> is not bound to a Session; lazy load operation of attribute 'b' "
            "cannot proceed", "bhk3"),
    ),
    (
        "detached-instance-access",
        orm("DetachedInstanceError",
            "Instance <A> is not bound to a Session; attribute refresh operation cannot proceed",
            "bhk3"),
    ),
    ("async-implicit-io", orm("MissingGreenlet", "greenlet_spawn has not been called", "xd2s")),
    ("async-implicit-io", orm("StatementError", "(MissingGreenlet) greenlet_spawn", "xd2s")),
    ("async-implicit-io", orm("AwaitRequired", "", "xd1r")),
    (
        "instance-session-mismatch",
        orm("InvalidRequestError", "Instance '<A>' is not persistent within this Session"),
    ),
    (
        "instance-session-mismatch",
        orm("InvalidRequestError", "Object '<A>' is already attached to session '1'"),
    ),
    ("instance-session-mismatch", orm("InvalidRequestError", "identity map is no longer valid")),
    ("write-conflict", orm("ObjectDeletedError", "Instance '<A>' has been deleted")),
    (
        "write-conflict",
        orm("StaleDataError", "expected to update 1 row(s); 0 were matched"),
    ),
    (
        "failed-transaction-reuse",
        orm("PendingRollbackError",
            "This Session's transaction has been rolled back due to a previous exception during "
            "flush.", "7s2a", "InvalidRequestError"),
    ),
    (
        "failed-transaction-reuse",
        orm("PendingRollbackError", "Can't reconnect until invalid transaction is rolled back.",
            "8s2b", "InvalidRequestError"),
    ),
    (
        "concurrent-connection-use",
        orm("InvalidRequestError",
            "This session is provisioning a new connection; concurrent operations are not "
            "permitted", "isce"),
    ),
    (
        "concurrent-connection-use",
        orm("IllegalStateChangeError", "Method 'close()' can't be called here", "isce"),
    ),
    (
        "connection-pool-exhaustion",
        orm("TimeoutError", "QueuePool limit of size 5 overflow 10 reached", "3o7r"),
    ),
    ("connection-lifecycle-violation", orm("ResourceClosedError", "This Connection is closed")),
    ("connection-lifecycle-violation", orm("ResourceClosedError", "This transaction is closed")),
    (
        "result-object-misuse",
        orm("ResourceClosedError", "This result object does not return rows."),
    ),
    (
        "result-object-misuse",
        orm("InvalidRequestError", "The unique() method must be invoked on this Result"),
    ),
    ("result-object-misuse", orm("NoSuchColumnError", "Could not locate column in row")),
    ("result-cardinality-mismatch", orm("NoResultFound", "No row was found when one was required")),
    (
        "result-cardinality-mismatch",
        orm("MultipleResultsFound", "Multiple rows were found when exactly one was required"),
    ),
    (
        "unresolved-reference",
        orm("InvalidRequestError", "Don't know how to join to <Mapper at 1; Tag>."),
    ),
    (
        "unresolved-reference",
        orm("AmbiguousForeignKeysError",
            "Can't determine join between 'a' and 'b'; tables have more than one foreign key"),
    ),
    (
        "unresolved-reference",
        orm("NoForeignKeysError", "Can't find any foreign key relationships between 'a' and 'b'."),
    ),
    (
        "unresolved-reference",
        python("AttributeError",
               "Neither 'InstrumentedAttribute' object nor 'Comparator' object associated with "
               "A.b has an attribute 'c'"),
    ),
    (
        "unresolved-reference",
        orm("InvalidRequestError", 'Entity namespace for "a" has no property "nope"'),
    ),
    (
        "mapping-misconfiguration",
        orm("InvalidRequestError", "Mapper 'Mapper[A(a)]' has no property 'bs'."),
    ),
    (
        "mapping-misconfiguration",
        orm("InvalidRequestError", "One or more mappers failed to initialize - can't proceed"),
    ),
    (
        "mapping-misconfiguration",
        orm("UnmappedInstanceError", "Class 'builtins.dict' is not mapped"),
    ),
    (
        "mapping-misconfiguration",
        orm("ArgumentError",
            "Column expression, FROM clause, or other columns clause element expected, got "
            "<class 'shop.Order'>."),
    ),
    (
        "mapping-misconfiguration",
        python("TypeError", "'nmae' is an invalid keyword argument for User"),
    ),
    (
        "backend-unsupported-operation",
        python("NotImplementedError",
               "ARRAY.contains() not implemented for the base ARRAY type; please use the dialect"),
    ),
    ("backend-unsupported-operation", orm("UnsupportedCompilationError", "can't render", "l7de")),
    ("backend-unsupported-operation", orm("CompileError", "no such thing here")),
    (
        "bind-type-mismatch",
        orm("StatementError",
            "(builtins.TypeError) SQLite DateTime type only accepts Python datetime and date "
            "objects as input."),
    ),
    (
        "malformed-statement",
        orm("StatementError", "A value is required for bind parameter 'x'", "cd3x"),
    ),
    (
        "malformed-statement",
        orm("ArgumentError", "Textual SQL expression 'x' should be explicitly declared as text"),
    ),
    ("startup-connection-failure", orm("NoSuchModuleError", "Can't load plugin: sqlalchemy.x:y")),
    (
        "startup-connection-failure",
        orm("ArgumentError", "Could not parse SQLAlchemy URL from given URL string"),
    ),
    ("startup-connection-failure", python("ModuleNotFoundError", "No module named 'psycopg2'")),
    ("data-layer-not-initialized", orm("UnboundExecutionError", "Could not locate a bind")),
    (
        "data-layer-not-initialized",
        Found(
            "UnboundExecutionError",
            "sqlalchemy.exc",
            ("UnboundExecutionError", "InvalidRequestError", "SQLAlchemyError"),
            "Could not locate a bind configured on mapper Mapper[Account(accounts)]",
        ),
    ),
    (
        "unawaited-db-call",
        python("AttributeError", "'coroutine' object has no attribute '_sa_instance_state'"),
    ),
    ("unawaited-db-call", orm("UnmappedInstanceError", "Class 'builtins.coroutine' is not mapped")),
    (
        "startup-connection-failure",
        orm("InvalidRequestError", "The asyncio extension requires an async driver to be used."),
    ),
    (
        "unawaited-db-call",
        python("AttributeError", "'coroutine' object has no attribute 'scalars'"),
    ),
    (
        "unawaited-db-call",
        python("TypeError",
               "'coroutine' object does not support the asynchronous context manager protocol"),
    ),
]  # fmt: skip

STATEMENTS = [
    ("malformed-statement", sqlite("You can only execute one statement at a time.")),
    ("malformed-statement", sqlite("1 values for 2 columns")),
    ("malformed-statement", sqlite("misuse of aggregate function count()")),
    ("malformed-statement", sqlite("sub-select returns 2 columns - expected 1")),
    ("malformed-statement", postgres("42P20", "window functions are not allowed in WHERE")),
    (
        "malformed-statement",
        Found(
            "ProgrammingError",
            "psycopg",
            ("ProgrammingError",),
            "the query has 1 placeholder but 2 parameters were passed",
        ),
    ),
    (
        "malformed-statement",
        Found(
            "TypeError",
            "builtins",
            ("TypeError",),
            "not all arguments converted during string formatting",
            origin="sqlalchemy/engine/default.py:DefaultDialect.do_execute",
        ),
    ),
    (
        "malformed-statement",
        orm(
            "CompileError",
            "Can't resolve label reference for ORDER BY; Textual "
            "SQL expression 'x' should be explicitly declared as text('x')",
        ),
    ),
    ("malformed-statement", orm("ArgumentError", "Strings are not accepted for attribute names")),
    ("unresolved-reference", orm("CompileError", "Unconsumed column names: nick")),
    (
        "unresolved-reference",
        orm("ArgumentError", "Mapped class A referenced in option x does not link to any"),
    ),
    ("bind-type-mismatch", sqlite("malformed JSON")),
    ("bind-type-mismatch", postgres("22P05", "untranslatable character")),
    ("bind-type-mismatch", postgres("42P08", "could not determine data type")),
    ("bind-type-mismatch", Found("ProgrammingError", "psycopg2", (), "can't adapt type 'dict'")),
    (
        "bind-type-mismatch",
        Found("ProgrammingError", "psycopg", (), "cannot adapt type 'dict' using"),
    ),
    (
        "bind-type-mismatch",
        Found(
            "DataError",
            "asyncpg.exceptions",
            ("DataError",),
            "invalid input for query argument $1: 'x'",
        ),
    ),
    (
        "bind-type-mismatch",
        python("OverflowError", "Python int too large to convert to SQLite INTEGER"),
    ),
    (
        "bind-type-mismatch",
        orm("StatementError", "(builtins.LookupError) 'x' is not among the values"),
    ),
    (
        "bind-type-mismatch",
        orm("ArgumentError", "SQL expression element or literal value expected, got"),
    ),
    (
        "backend-unsupported-operation",
        python("NotImplementedError", "in_() not yet supported for relationships."),
    ),
    ("mapping-misconfiguration", orm("MappedAnnotationError", "Type annotation for", "zlpr")),
    ("mapping-misconfiguration", orm("NoReferencedTableError", "Foreign key associated with")),
    (
        "mapping-misconfiguration",
        orm("InvalidRequestError", "Table 'p' is already defined for this MetaData instance."),
    ),
    ("mapping-misconfiguration", orm("NoForeignKeysError", "Could not determine join condition")),
    (
        "mapping-misconfiguration",
        orm("UnmappedInstanceError", "Class 'builtins.list' is not mapped"),
    ),
    (
        "mapping-misconfiguration",
        python("AttributeError", "'str' object has no attribute '_sa_instance_state'"),
    ),
    (
        "result-cardinality-mismatch",
        orm("UnmappedInstanceError", "Class 'builtins.NoneType' is not mapped"),
    ),
    ("result-object-misuse", python("TypeError", "'ScalarResult' object is not subscriptable")),
    (
        "result-object-misuse",
        python("AttributeError", "'sqlite3.Row' object has no attribute 'get'"),
    ),
    (
        "result-object-misuse",
        Found(
            "AttributeError",
            "builtins",
            ("AttributeError",),
            "nick",
            origin="sqlalchemy/engine/result.py:ResultMetaData._key_not_found",
        ),
    ),
    ("schema-model-drift", sqlite("table orders already exists")),
    ("schema-model-drift", sqlite("duplicate column name: note")),
    ("write-conflict", orm("InvalidRequestError", "Could not refresh instance '<A>'")),
]

OTHERS = [
    postgres("22012", "division by zero"),
    python("TypeError", "not all arguments converted during string formatting"),
    python("AttributeError", "'Basket' object has no attribute 'get'"),
    python("KeyError", "nick"),
    orm("OperationalError", "(sqlite3.OperationalError) x"),
    python("ModuleNotFoundError", "No module named 'shop.billing'"),
    python("AttributeError", "'NoneType' object has no attribute 'name'"),
    python("AttributeError", "'Order' object has no attribute 'nmae'"),
    python("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    python("KeyError", "'email'"),
    python("AssertionError", "assert 3 == 4"),
    python("FileNotFoundError", "No such file or directory: 'no such table'"),
    python("ValueError", "UNIQUE constraint failed is a text of ours"),
    python("TypeError", "'x' is an invalid keyword argument for open()"),
    orm("IntegrityError", "(sqlite3.IntegrityError) ...", "gkpj"),
    orm("OperationalError", "(sqlite3.OperationalError) ...", "e3q8"),
]


def name(value: object) -> str:
    return (
        f"{value.type} {value.status_code or ''} {value.message[:40]}".strip()
        if isinstance(value, Found)
        else str(value)
    )


@pytest.mark.parametrize(("cause", "found"), DRIVERS, ids=name)
def test_what_drivers_say(cause: str, found: Found) -> None:
    assert read(found) == (cause, None)


@pytest.mark.parametrize(("cause", "found"), SQLALCHEMY, ids=name)
def test_what_sqlalchemy_says(cause: str, found: Found) -> None:
    assert read(found) == (cause, None)


@pytest.mark.parametrize(("cause", "found"), STATEMENTS, ids=name)
def test_what_is_said_of_statements_values_and_mappings(cause: str, found: Found) -> None:
    reading = read(found)
    assert reading is not None
    assert reading[0] == cause


@pytest.mark.parametrize("found", OTHERS, ids=name)
def test_what_is_not_of_the_data_layer_or_says_nothing_by_itself(found: Found) -> None:
    assert read(found) is None


def test_a_row_matches_when_all_that_it_names_does() -> None:
    row = Row(
        cause="c",
        status=("22*", "1406"),
        types=("Base",),
        module=("lib",),
        codes=("k",),
        pattern=re.compile("broke"),
    )
    found = Found("E", "lib.errors", ("E", "Base"), "it broke", "k", "22P02")

    assert row.matches(found)
    for other in (
        Found("E", "lib.errors", ("E", "Base"), "it broke", "k", "23505"),
        Found("E", "lib.errors", ("E", "Base"), "it broke", "k", None),
        Found("E", "lib.errors", ("E",), "it broke", "k", "22P02"),
        Found("E", "other", ("E", "Base"), "it broke", "k", "22P02"),
        Found("E", None, ("E", "Base"), "it broke", "k", "22P02"),
        Found("E", "lib.errors", ("E", "Base"), "it broke", "j", "22P02"),
        Found("E", "lib.errors", ("E", "Base"), "it held", "k", "22P02"),
    ):
        assert not row.matches(other)


def test_the_first_row_decides_and_may_decide_for_nothing() -> None:
    found = python("E", "x")
    first, second = Row(cause=None, types=("E",)), Row(cause="c", types=("E",))

    assert read_one(found, ((first,), (second,))) is None
    reading = read_one(found, ((second, first),))
    assert reading is not None
    assert reading.cause == "c"


MYSQL = [
    ("integrity-violation", mysql("1364", "Field 'n' doesn't have a default value")),
    ("integrity-violation", mysql("4025", "CONSTRAINT `p.q` failed for `e`.`p`")),
    ("malformed-statement", mysql("1136", "Column count doesn't match value count at row 1")),
    ("malformed-statement", mysql("1066", "Not unique table/alias: 'p'")),
    ("schema-model-drift", mysql("1050", "Table 'p' already exists")),
    ("schema-model-drift", mysql("1060", "Duplicate column name 'n'")),
    ("backend-unsupported-operation", mysql("1305", "FUNCTION e.foo does not exist")),
    ("failed-transaction-reuse", mysql("1305", "SAVEPOINT sp does not exist")),
    ("mapping-misconfiguration", mysql("1005", "Can't create table (errno: 150 Foreign key)")),
    ("bind-type-mismatch", mysql("1366", "Incorrect integer value: 'a' for column 'u' at row 1")),
    ("bind-type-mismatch", mysql("1690", "BIGINT value is out of range in '1'")),
    ("write-conflict", mysql("1205", "Lock wait timeout exceeded; try restarting transaction")),
    ("write-conflict", mysql("1213", "Deadlock found when trying to get lock")),
    ("connection-pool-exhaustion", mysql("1040", "Too many connections")),
    ("connection-lifecycle-violation", mysql("0", "", "InterfaceError")),
    ("connection-lifecycle-violation", mysql("", "Already closed", "Error")),
    ("connection-lifecycle-violation", mysql("", "(0, 'Not connected')", "InterfaceError")),
    ("connection-lifecycle-violation", mysql("2013", "Lost connection to MySQL server")),
    (
        "concurrent-connection-use",
        mysql("", "Packet sequence number wrong - got 1 expected 6", "InternalError"),
    ),
    ("concurrent-connection-use", mysql("2014", "Command Out of Sync")),
    ("startup-connection-failure", mysql("1045", "Access denied for user")),
    ("startup-connection-failure", mysql("2005", "Unknown MySQL server host")),
    ("malformed-statement", mysql("", "not all arguments converted", "ProgrammingError")),
    ("bind-type-mismatch", python("TypeError", "dict can not be used as parameter")),
]


@pytest.mark.parametrize(("cause", "found"), MYSQL)
def test_what_mysql_and_mariadb_say(cause: str, found: Found) -> None:
    reading = read(found)

    assert reading is not None
    assert reading[0] == cause


def test_another_librarys_already_closed_is_nobodys() -> None:
    assert read(python("RuntimeError", "Already closed", "somewhere")) is None
