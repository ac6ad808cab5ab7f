"""What Peewee 3.17 to 4.5 and its playhouse raise by themselves, by class, message and origin."""

import re

from ormprobe_taxonomy.exceptions import Row

_HERE = ("peewee", "playhouse")
_BY_PEEWEE = re.compile(r"(?:^|/)peewee\.py:")
"""The frame that raised, for the exceptions of Python's own that Peewee raises."""


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


_NAMES: tuple[Row, ...] = (
    Row(
        cause="unresolved-reference",
        types=("ValueError",),
        pattern=_says(
            "^(?:Unable to find|More than one) foreign key between|^Unrecognized field name:"
        ),
    ),
    Row(
        cause="unresolved-reference",
        types=("AttributeError",),
        pattern=_says(
            "^Foreign-key has no attribute|unable to find foreign key for query"
            "|specifies columns explicitly, and does not support"
        ),
    ),
    # a name that a keyword or a dict gave, looked up by Peewee itself
    Row(
        cause="unresolved-reference",
        types=("AttributeError",),
        pattern=_says(r"^type object '\w+' has no attribute"),
        origin=_BY_PEEWEE,
    ),
    Row(
        cause="malformed-statement",
        types=("ValueError", "NotImplementedError"),
        pattern=_says(
            "^No sources to join on|^Cannot specify on clause with cross join"
            "|^INSERT queries cannot have a WHERE clause|^Bulk insert must specify columns"
            "|^If you are not performing any updates|^BETWEEN range must have both"
        ),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        types=("ValueError",),
        pattern=_says(r"^Missing value for \S+\.$"),
        origin=_BY_PEEWEE,
    ),
)

_BACKENDS: tuple[Row, ...] = (
    Row(
        cause="backend-unsupported-operation",
        types=("ValueError",),
        pattern=_says(
            "FOR UPDATE specified but not supported|^(?:SQLite|MySQL) does not support"
            "|^Un-?supported action for conflict|^The only supported actions for conflict"
            "|requires that a conflict target be specified|NULLS DISTINCT is only available"
        ),
    ),
    Row(cause="backend-unsupported-operation", module=_HERE, types=("NotSupportedError",)),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        origin=re.compile(
            r"(?:^|/)peewee\.py:(?:Database\.)?(?:conflict_\w+|extract_date|truncate_date"
            r"|to_timestamp|from_timestamp|random|get_noop_select|sequence_exists|get_views"
            r"|get_binary_type|last_insert_id)$"
        ),
    ),
)

_MAPPING: tuple[Row, ...] = (
    Row(
        cause="mapping-misconfiguration",
        variant="unbound",
        module=_HERE,
        types=("InterfaceError",),
        pattern=_says("^Query must be bound to a database"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unbound",
        module=_HERE,
        types=("ImproperlyConfigured",),
        pattern=_says("database attribute does not appear"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        types=("ValueError", "TypeError"),
        pattern=_says(
            "^over-determined primary key|object_id_name that conflicts"
            "|must always be a primary key|^Expected either a field name or a"
            "|^Unexpected value for through_model|^Cannot find foreign-key to"
            "|^Cannot specify on_delete or on_update when"
        ),
        origin=_BY_PEEWEE,
    ),
)

_VALUES: tuple[Row, ...] = (
    # what a field could not make of the value it was given, before any driver saw it
    Row(
        cause="bind-type-mismatch",
        types=("ValueError", "TypeError", "InvalidOperation"),
        origin=re.compile(r"(?:^|/)peewee\.py:(?:\w+\.)?(?:db_value|adapt|db_value_or_node)$"),
    ),
)

_CONNECTIONS: tuple[Row, ...] = (
    Row(
        cause="data-layer-not-initialized",
        module=_HERE,
        pattern=_says("must be initialized before opening"),
    ),
    Row(
        cause="data-layer-not-initialized",
        types=("AttributeError",),
        pattern=_says("^Cannot use uninitialized Proxy"),
    ),
    Row(cause="connection-pool-exhaustion", module=_HERE, types=("MaxConnectionsExceeded",)),
    Row(
        cause="connection-pool-exhaustion",
        module=_HERE,
        pattern=_says("^Timed out acquiring connection from pool"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        pattern=_says("^Timed out connecting to database"),
    ),
    Row(cause="async-implicit-io", module=_HERE, types=("MissingGreenletBridge",)),
    Row(
        cause="async-implicit-io",
        module=_HERE,
        types=("InterfaceError",),
        pattern=_says("not bound to an asyncio-compatible"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        module=_HERE,
        pattern=_says(
            "^Connection already opened|^Attempting to close database while"
            "|database connection not open|^Pool is closed|^Database pool is shutting down"
        ),
    ),
    Row(
        cause="connection-lifecycle-violation",
        types=("ValueError",),
        pattern=_says(
            "^Cannot enter (?:manual|atomic) commit block while"
            "|^Transaction stack corrupted while exiting"
        ),
    ),
    # a block that is entered or left by the app's own BEGIN, COMMIT or ROLLBACK
    Row(
        cause="connection-lifecycle-violation",
        types=("OperationalError",),
        pattern=_says(
            r"^cannot (?:commit|rollback) - no transaction is active"
            r"|^cannot start a transaction within a transaction|^no such savepoint"
        ),
    ),
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        types=("ImproperlyConfigured",),
        pattern=_says(
            "(?i)driver not (?:installed|found)|is not installed|isolation_level must be"
        ),
    ),
    Row(
        cause="startup-connection-failure",
        types=("RuntimeError",),
        pattern=_says("^Unrecognized or unsupported scheme"),
        origin=re.compile(r"playhouse/db_url\.py:"),
    ),
    Row(
        cause="startup-connection-failure",
        types=("ValueError",),
        pattern=_says("has no database name"),
        origin=re.compile(r"playhouse/db_url\.py:"),
    ),
)

ROWS: tuple[Row, ...] = (
    Row(
        cause="result-cardinality-mismatch",
        types=("DoesNotExist",),
        pattern=_says("instance matching query does not exist"),
        origin=_BY_PEEWEE,
    ),
    # a foreign key that is read where it holds nothing
    Row(
        cause="result-cardinality-mismatch",
        variant="none",
        types=("DoesNotExist",),
        origin=re.compile(r"(?:^|/)peewee\.py:(?:\w+\.)?get_rel_instance$"),
    ),
    *_NAMES,
    *_BACKENDS,
    *_MAPPING,
    *_VALUES,
    *_CONNECTIONS,
)
