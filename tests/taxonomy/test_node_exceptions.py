"""What Sequelize 6, pg 8, sqlite3, better-sqlite3 12 and mysql2 3 raised, to its cause."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.tables import TABLES, node
from tests.taxonomy.test_exceptions import Found

BETTER, LITE, ORM, PG, MY = "better-sqlite3", "sqlite3", "sequelize", "pg", "mysql2"


def read(kind: str, module: str | None, message: str, **more: str) -> str | None:
    found = Found(kind, module, (kind, "Error"), message, **more)
    reading = read_one(found, TABLES)
    return reading and (f"{reading.cause}[{reading.facet}]" if reading.facet else reading.cause)


SQLITE = [
    ("integrity-violation[unique]", "UNIQUE constraint failed: ship.name"),
    ("integrity-violation[not-null]", "NOT NULL constraint failed: ship.name"),
    ("integrity-violation[foreign-key]", "FOREIGN KEY constraint failed"),
    ("integrity-violation[check]", "CHECK constraint failed: tons > 0"),
    ("schema-not-created", "no such table: ship"),
    ("unresolved-reference", "no such column: ship.nmae"),
    ("unresolved-reference", "ambiguous column name: id"),
    ("unresolved-reference", "table ship has no column named nmae"),
    ("backend-unsupported-operation", 'unrecognized token: "@"'),
    ("backend-unsupported-operation", 'near "ILIKE": syntax error'),
    ("backend-unsupported-operation", "no such function: NOW"),
    ("schema-model-drift", "table `ship` already exists"),
    ("schema-model-drift", "duplicate column name: name"),
    ("malformed-statement", 'near "FORM": syntax error'),
    ("malformed-statement", "incomplete input"),
    ("malformed-statement", "2 values for 3 columns"),
    ("write-conflict", "database is locked"),
    ("startup-connection-failure", "unable to open database file"),
    ("connection-lifecycle-violation", "cannot start a transaction within a transaction"),
]


@pytest.mark.parametrize(("cause", "message"), SQLITE)
def test_sqlite_is_read_through_every_package(cause: str, message: str) -> None:
    assert read("SqliteError", BETTER, message, status_code="SQLITE_ERROR") == cause
    named = f"SQLITE_ERROR: {message}"
    assert read("Error", LITE, named, status_code="SQLITE_ERROR") == cause
    assert read("SequelizeDatabaseError", ORM, named) == cause
    assert read("QueryFailedError", "typeorm", named) == cause
    assert read("error", "knex", f"select * from ship - {named}") == cause


OWN = [
    ("malformed-statement", "Error", LITE, "SQLITE_RANGE: column index out of range"),
    ("bind-type-mismatch", "Error", LITE, "SQLITE_MISMATCH: datatype mismatch"),
    ("write-conflict", "Error", LITE, "SQLITE_BUSY: database is locked"),
    ("connection-lifecycle-violation", "Error", LITE, "SQLITE_MISUSE: Database is closed"),
    ("connection-lifecycle-violation", "Error", LITE, "SQLITE_MISUSE: Database handle is closed"),
    ("bind-type-mismatch", "SqliteError", BETTER, "datatype mismatch"),
    ("bind-type-mismatch", "TypeError", None,
     "SQLite3 can only bind numbers, strings, bigints, buffers, and null"),
    ("malformed-statement", "RangeError", None, "Too few parameter values were provided"),
    ("malformed-statement", "RangeError", None, "Too many parameter values were provided"),
    ("malformed-statement", "RangeError", None, 'Missing named parameter "tons"'),
    ("malformed-statement", "RangeError", BETTER,
     "The supplied SQL string contains more than one statement"),
    ("result-object-misuse", "TypeError", None,
     "This statement does not return data. Use run() instead"),
    ("connection-lifecycle-violation", "TypeError", BETTER, "The database connection is not open"),
    ("concurrent-connection-use", "TypeError", None,
     "This database connection is busy executing a query"),
    ("startup-connection-failure", "TypeError", BETTER,
     "Cannot open database because the directory does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "kind", "module", "message"), OWN)
def test_what_the_packages_for_sqlite_say_themselves(
    cause: str, kind: str, module: str | None, message: str
) -> None:
    assert read(kind, module, message) == cause


SEQUELIZE = [
    ("integrity-violation[unique]", "SequelizeUniqueConstraintError", "Validation error"),
    ("integrity-violation[foreign-key]", "SequelizeForeignKeyConstraintError", ""),
    ("integrity-violation[not-null]", "SequelizeValidationError",
     "notNull Violation: Ship.name cannot be null"),
    ("integrity-violation[not-null]", "BulkRecordError", "notNull Violation: Ship.name cannot be"),
    ("bind-type-mismatch", "SequelizeValidationError",
     "string violation: name cannot be an array or an object"),
    (None, "SequelizeValidationError", "Validation error: Validation min on tons failed"),
    ("mapping-misconfiguration", "SequelizeEagerLoadingError", "Port is not associated to Ship!"),
    ("mapping-misconfiguration", "SequelizeAssociationError", "You have used the alias port twice"),
    ("mapping-misconfiguration", "Error",
     "Ship.hasMany called with something that's not a subclass of Sequelize.Model"),
    ("result-cardinality-mismatch", "SequelizeEmptyResultError", ""),
    ("write-conflict", "SequelizeOptimisticLockError", "Attempting to update a stale model"),
    ("connection-pool-exhaustion", "SequelizeConnectionAcquireTimeoutError", "Operation timeout"),
    ("startup-connection-failure", "SequelizeConnectionRefusedError", "connect ECONNREFUSED"),
    ("startup-connection-failure", "SequelizeHostNotFoundError", "getaddrinfo ENOTFOUND db"),
    ("startup-connection-failure", "Error", "Please install pg package manually"),
    ("bind-type-mismatch", "Error", 'WHERE parameter "name" has invalid "undefined" value'),
    ("bind-type-mismatch", "Error", "Invalid value { tons: 4 }"),
    ("malformed-statement", "Error",
     'Named replacement ":tons" has no entry in the replacement map.'),
    ("connection-lifecycle-violation", "Error",
     "ConnectionManager.getConnection was called after the connection manager was closed!"),
    ("schema-not-created", "SequelizeDatabaseError", 'relation "ship" does not exist'),
    ("unresolved-reference", "SequelizeDatabaseError", "column Ship.nmae does not exist"),
    ("bind-type-mismatch", "SequelizeDatabaseError", "operator does not exist: text = integer"),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "kind", "message"), SEQUELIZE)
def test_sequelize(cause: str | None, kind: str, message: str) -> None:
    assert read(kind, ORM, message) == cause


POSTGRES = [
    ("bind-type-mismatch", "42P18", "could not determine data type of parameter $1"),
    ("bind-type-mismatch", "22P02", 'invalid input syntax for type integer: "x"'),
    ("bind-type-mismatch", "42883", "operator does not exist: text = integer"),
    ("backend-unsupported-operation", "42883", "function julianday(text) does not exist"),
    ("unresolved-reference", "42703", 'column "nmae" does not exist'),
    ("schema-not-created", "42P01", 'relation "ship" does not exist'),
    ("malformed-statement", "08P01", "bind message supplies 2 parameters, but"),
    ("integrity-violation[not-null]", "23502", 'null value in column "name"'),
    ("startup-connection-failure", "28P01", "password authentication failed"),
]


@pytest.mark.parametrize(("cause", "state", "message"), POSTGRES)
def test_the_states_of_pg_are_those_of_the_drivers(cause: str, state: str, message: str) -> None:
    assert read("error", PG, message, status_code=state) == cause


def test_pg_itself() -> None:
    closed = "connection-lifecycle-violation"
    assert read("Error", None, "Cannot use a pool after calling end on the pool") == closed
    assert read("Error", PG, "Client was closed and is not queryable") == closed
    assert read("Error", PG, "Connection terminated unexpectedly") == closed
    waited = "timeout exceeded when trying to connect"
    assert read("Error", PG, waited) == "connection-pool-exhaustion"
    password = "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"
    assert read("Error", None, password) == "startup-connection-failure"


MARIA = [
    ("integrity-violation[unique]", "ER_DUP_ENTRY", "1062"),
    ("integrity-violation[not-null]", "ER_BAD_NULL_ERROR", "1048"),
    ("integrity-violation[foreign-key]", "ER_NO_REFERENCED_ROW_2", "1452"),
    ("schema-not-created", "ER_NO_SUCH_TABLE", "1146"),
    ("unresolved-reference", "ER_BAD_FIELD_ERROR", "1054"),
    ("malformed-statement", "ER_PARSE_ERROR", "1064"),
    ("bind-type-mismatch", "ER_DATA_TOO_LONG", "1406"),
    ("write-conflict", "ER_LOCK_DEADLOCK", "1213"),
    ("startup-connection-failure", "ER_ACCESS_DENIED_ERROR", "1045"),
]


@pytest.mark.parametrize(("cause", "name", "number"), MARIA)
def test_mysql2_by_name_and_by_number(cause: str, name: str, number: str) -> None:
    assert read("Error", MY, "", status_code=name) == cause
    assert read("Error", MY, "", status_code=number, code=name) == cause


def test_mysql2_itself() -> None:
    message = "Bind parameters must not contain undefined. To pass SQL NULL specify JS null"
    assert read("TypeError", MY, message) == "bind-type-mismatch"
    message = "Can't add new command when connection is in closed state"
    assert read("Error", MY, message) == "connection-lifecycle-violation"


@pytest.mark.parametrize(
    ("cause", "module", "code", "message"),
    [
        ("startup-connection-failure", None, "ECONNREFUSED", "connect ECONNREFUSED ::1:5432"),
        ("startup-connection-failure", None, "ENOTFOUND", "getaddrinfo ENOTFOUND postgres"),
        ("startup-connection-failure", PG, "ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:9"),
        ("connection-lifecycle-violation", PG, "ECONNRESET", "read ECONNRESET"),
        (None, None, "ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:8080"),
        (None, None, "ENOTFOUND", "getaddrinfo ENOTFOUND api.example.com"),
        (None, None, "ECONNRESET", "read ECONNRESET"),
    ],
)
def test_the_network_is_blamed_where_a_database_stands_at_its_end(
    cause: str | None, module: str | None, code: str, message: str
) -> None:
    assert read("Error", module, message, code=code) == cause


@pytest.mark.parametrize(
    "message",
    [
        "Cannot read properties of undefined (reading 'findAll')",
        "Ship.findAll is not a function",
        "shipRepository.list is not a function",
        "Invalid time value",
    ],
)
def test_an_ordinary_defect_is_no_row(message: str) -> None:
    assert read("TypeError", None, message) is None


def test_these_rows_are_asked_last() -> None:
    assert TABLES[-1] is node.ROWS
