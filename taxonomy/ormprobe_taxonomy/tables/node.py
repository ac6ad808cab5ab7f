"""What Node's database packages raise: Sequelize, pg, sqlite3, better-sqlite3, mysql2.

Texts as Sequelize 6.37, pg 8, sqlite3 5 and 6, better-sqlite3 12 and mysql2 3 raise them under
Node 20; names as MySQL's server error reference has them. SQLSTATEs and MySQL's numbers are read
by the table of the drivers, before this one. sqlite3 begins its messages with the error's name,
by which they are told from those of Python's module of the same name.
"""

import re

from ormprobe_taxonomy.exceptions import Row

_ORM = ("sequelize",)
_BETTER = ("better-sqlite3",)
_MYSQL = ("mysql2",)
_POSTGRES = ("pg", "sequelize", "typeorm", "knex")
_NAMED = r"\bSQLITE_[A-Z]+(?:_[A-Z]+)*: "


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _of_sqlite(cause: str, text: str, facet: str | None = None) -> tuple[Row, Row]:
    """For a text of SQLite: as better-sqlite3 has it, and behind the error's name."""
    return (
        Row(cause=cause, facet=facet, module=_BETTER, pattern=_says(text)),
        Row(cause=cause, facet=facet, pattern=_says(_NAMED + rf"(?:.*(?:{text}))")),
    )


_SQLITE: tuple[Row, ...] = (
    *_of_sqlite("integrity-violation", "UNIQUE constraint failed", "unique"),
    *_of_sqlite("integrity-violation", "NOT NULL constraint failed", "not-null"),
    *_of_sqlite("integrity-violation", "FOREIGN KEY constraint failed", "foreign-key"),
    *_of_sqlite("integrity-violation", "CHECK constraint failed", "check"),
    *_of_sqlite("schema-not-created", "no such table"),
    *_of_sqlite("unresolved-reference", "no such column|ambiguous column name|has no column named"),
    *_of_sqlite(
        "backend-unsupported-operation",
        r'unrecognized token: "?[@:]|near "?(?:ILIKE|::|ANY)|no such function',
    ),
    *_of_sqlite(
        "schema-model-drift", r"(?:table|index|view) \S+ already exists|duplicate column name"
    ),
    *_of_sqlite("bind-type-mismatch", "datatype mismatch|string or blob too big|malformed JSON"),
    *_of_sqlite(
        "connection-lifecycle-violation",
        "cannot (?:start|commit|rollback)|Database (?:handle )?is closed",
    ),
    *_of_sqlite("write-conflict", r"database (?:table )?is locked"),
    *_of_sqlite(
        "startup-connection-failure",
        "unable to open database file|readonly database|file is not a database",
    ),
    *_of_sqlite(
        "malformed-statement",
        r"syntax error|incomplete input|unrecognized token|misuse of|values for \d+ columns"
        r"|number of result columns|number of arguments to function|column index out of range",
    ),
    Row(
        cause="bind-type-mismatch",
        pattern=_says("^SQLite3 can only bind numbers, strings, bigints, buffers, and null"),
    ),
    Row(
        cause="malformed-statement",
        types=("RangeError",),
        pattern=_says(
            "^Too (?:few|many) parameter values were provided|^Missing named parameter"
            "|^The supplied SQL string contains (?:more than one|no) statement"
        ),
    ),
    Row(
        cause="result-object-misuse",
        types=("TypeError",),
        pattern=_says("^This statement (?:does not return|returns) data. Use "),
    ),
    Row(
        cause="connection-lifecycle-violation",
        types=("TypeError",),
        pattern=_says("^The database connection is not open"),
    ),
    Row(
        cause="concurrent-connection-use",
        types=("TypeError",),
        pattern=_says("^This database connection is busy executing a query"),
    ),
    Row(
        cause="startup-connection-failure",
        types=("TypeError",),
        pattern=_says("^Cannot open database because the directory does not exist"),
    ),
)

_SEQUELIZE: tuple[Row, ...] = (
    Row(
        cause="integrity-violation",
        facet="unique",
        module=_ORM,
        types=("SequelizeUniqueConstraintError",),
    ),
    Row(
        cause="integrity-violation",
        facet="foreign-key",
        module=_ORM,
        types=("SequelizeForeignKeyConstraintError",),
    ),
    Row(
        cause="integrity-violation",
        facet="exclusion",
        module=_ORM,
        types=("SequelizeExclusionConstraintError",),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        module=_ORM,
        pattern=_says("(?i)notNull violation"),
    ),
    Row(cause="bind-type-mismatch", module=_ORM, pattern=_says("(?i)string violation")),
    Row(
        cause="mapping-misconfiguration",
        module=_ORM,
        types=("SequelizeEagerLoadingError", "SequelizeAssociationError"),
    ),
    Row(
        cause="mapping-misconfiguration",
        module=_ORM,
        pattern=_says(
            "is not associated to|that's not a subclass of Sequelize.Model|^Include unexpected"
            "|^Unrecognized datatype for attribute|has been declared multiple times"
            "|^Unable to find a valid association|Naming collision between attribute"
        ),
    ),
    Row(
        cause="data-layer-not-initialized",
        pattern=_says("^Model not initialized: |^No Sequelize instance passed"),
    ),
    Row(cause="result-cardinality-mismatch", module=_ORM, types=("SequelizeEmptyResultError",)),
    Row(cause="write-conflict", module=_ORM, types=("SequelizeOptimisticLockError",)),
    Row(
        cause="connection-pool-exhaustion",
        module=_ORM,
        types=("SequelizeConnectionAcquireTimeoutError",),
    ),
    Row(
        cause="startup-connection-failure",
        module=_ORM,
        types=(
            "SequelizeConnectionError",
            "SequelizeConnectionRefusedError",
            "SequelizeAccessDeniedError",
            "SequelizeHostNotFoundError",
            "SequelizeHostNotReachableError",
            "SequelizeInvalidConnectionError",
            "SequelizeConnectionTimedOutError",
        ),
    ),
    Row(
        cause="startup-connection-failure",
        module=_ORM,
        pattern=_says(
            r"^Please install \S+ package manually|^Dialect needs to be explicitly supplied"
            r"|^The dialect \S+ is not supported"
        ),
    ),
    Row(
        cause="connection-lifecycle-violation",
        module=_ORM,
        pattern=_says(
            "called after the connection manager was closed|has been called on this transaction"
            "|^Transaction cannot be (?:committed|rolled back) because"
        ),
    ),
    Row(
        cause="bind-type-mismatch",
        module=_ORM,
        pattern=_says(
            'has invalid "undefined" value|^Invalid value (?:\\[|\\{|undefined|NaN|Symbol)'
        ),
    ),
    Row(
        cause="malformed-statement",
        module=_ORM,
        pattern=_says(r"^(?:Named|Positional) (?:replacement|bind parameter) .* has no entry"),
    ),
)

_TEXTS: tuple[Row, ...] = (
    # a package that hands on what PostgreSQL said, and not its SQLSTATE
    Row(
        cause="schema-not-created",
        module=_POSTGRES,
        pattern=_says(r'\brelation "[^"]+" does not exist'),
    ),
    Row(
        cause="unresolved-reference",
        module=_POSTGRES,
        pattern=_says(r"\bcolumn \S+ does not exist|\bmissing FROM-clause entry"),
    ),
    Row(
        cause="bind-type-mismatch",
        module=_POSTGRES,
        pattern=_says(
            r"\binvalid input (?:syntax|value) for|\boperator does not exist"
            r"|\bcould not determine data type of parameter|\bis of type \S+ but expression is"
            r"|\bout of range for type"
        ),
    ),
    Row(
        cause="malformed-statement",
        module=_POSTGRES,
        pattern=_says(r"\bsyntax error at or near|\bbind message supplies \d+ parameters"),
    ),
    Row(
        cause="failed-transaction-reuse",
        module=_POSTGRES,
        pattern=_says("current transaction is aborted"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        pattern=_says(
            "^Client was closed and is not queryable|^Client has already been connected"
            "|^Cannot use a pool after calling end on the pool"
            "|^Release called on client which has already been released"
        ),
    ),
    Row(
        cause="connection-lifecycle-violation",
        module=("pg",),
        pattern=_says("^Connection terminated|^Client has encountered a connection error"),
    ),
    Row(
        cause="connection-pool-exhaustion",
        module=("pg",),
        pattern=_says("^timeout exceeded when trying to connect"),
    ),
    Row(
        cause="startup-connection-failure",
        pattern=_says(
            "client password must be a string|^The server does not support SSL connections"
        ),
    ),
)

_MARIA: tuple[Row, ...] = (
    Row(
        cause="integrity-violation",
        facet="unique",
        status=("ER_DUP_ENTRY", "ER_DUP_ENTRY_WITH_KEY_NAME"),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        status=("ER_BAD_NULL_ERROR", "ER_NO_DEFAULT_FOR_FIELD"),
    ),
    Row(
        cause="integrity-violation",
        facet="foreign-key",
        status=("ER_NO_REFERENCED_ROW*", "ER_ROW_IS_REFERENCED*"),
    ),
    Row(
        cause="integrity-violation",
        facet="check",
        status=("ER_CHECK_CONSTRAINT_VIOLATED", "ER_CONSTRAINT_FAILED"),
    ),
    Row(cause="schema-not-created", status=("ER_NO_SUCH_TABLE",)),
    Row(cause="unresolved-reference", status=("ER_BAD_FIELD_ERROR", "ER_NON_UNIQ_ERROR")),
    Row(
        cause="backend-unsupported-operation",
        status=("ER_SP_DOES_NOT_EXIST", "ER_NOT_SUPPORTED_YET", "ER_BLOB_KEY_WITHOUT_LENGTH"),
    ),
    Row(
        cause="schema-model-drift",
        variant="replayed",
        status=("ER_TABLE_EXISTS_ERROR", "ER_DUP_FIELDNAME", "ER_DUP_KEYNAME"),
    ),
    # 1210 is both a wrong number of values and a value of a wrong type: it stays undetermined
    Row(cause="malformed-statement", module=_MYSQL, status=("1835", "ER_MALFORMED_PACKET")),
    Row(
        cause="malformed-statement",
        status=("ER_PARSE_ERROR", "ER_WRONG_VALUE_COUNT_ON_ROW", "ER_WRONG_FIELD_WITH_GROUP"),
    ),
    Row(
        cause="bind-type-mismatch",
        status=(
            "ER_DATA_TOO_LONG",
            "ER_TRUNCATED_WRONG_VALUE*",
            "ER_WARN_DATA_OUT_OF_RANGE",
            "WARN_DATA_TRUNCATED",
        ),
    ),
    Row(cause="result-cardinality-mismatch", status=("ER_SUBQUERY_NO_1_ROW", "ER_OPERAND_COLUMNS")),
    Row(cause="write-conflict", status=("ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT")),
    Row(
        cause="connection-pool-exhaustion",
        status=("ER_CON_COUNT_ERROR", "ER_TOO_MANY_USER_CONNECTIONS"),
    ),
    Row(
        cause="startup-connection-failure",
        status=("ER_ACCESS_DENIED_ERROR", "ER_DBACCESS_DENIED_ERROR", "ER_BAD_DB_ERROR"),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("TypeError",),
        pattern=_says("^Bind parameters must not contain (?:undefined|function)"),
    ),
    Row(
        cause="malformed-statement",
        types=("TypeError",),
        pattern=_says("^Bind parameters must be array"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        pattern=_says("^Can't add new command when connection is in closed state|^Pool is closed"),
    ),
    Row(cause="connection-lifecycle-violation", status=("PROTOCOL_CONNECTION_LOST",)),
)

_NETWORK: tuple[Row, ...] = (
    Row(
        cause="startup-connection-failure",
        codes=("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"),
        module=("pg", "mysql2", "sequelize"),
    ),
    Row(
        cause="startup-connection-failure",
        codes=("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH"),
        pattern=_says(r":(?:5432|5433|3306|3307)\b|\.s\.PGSQL\.\d+|mysqld?\.sock"),
    ),
    Row(
        cause="startup-connection-failure",
        codes=("ENOTFOUND", "EAI_AGAIN"),
        pattern=_says(r"(?i)(?:ENOTFOUND|EAI_AGAIN) \S*(?:postgres|mysql|mariadb|database|\bdb\b)"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        codes=("ECONNRESET", "EPIPE"),
        module=("pg", "mysql2", "sequelize"),
    ),
)

ROWS: tuple[Row, ...] = (*_SQLITE, *_SEQUELIZE, *_TEXTS, *_MARIA, *_NETWORK)
