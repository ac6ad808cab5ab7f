"""What SQLAlchemy 1.4, 2.0 and 2.1 raise by themselves, by code, class and message."""

import re

from ormprobe_taxonomy.exceptions import Row

_HERE = ("sqlalchemy",)


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


ROWS: tuple[Row, ...] = (
    Row(cause="detached-instance-access", module=_HERE, types=("DetachedInstanceError",)),
    Row(cause="async-implicit-io", module=_HERE, types=("MissingGreenlet", "AwaitRequired")),
    Row(cause="async-implicit-io", codes=("xd2s", "xd1r")),
    Row(
        cause="failed-transaction-reuse",
        module=_HERE,
        types=("PendingRollbackError",),
    ),
    Row(
        cause="failed-transaction-reuse",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says("transaction has been rolled back due to a previous exception"),
    ),
    Row(
        cause="instance-session-mismatch",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says(
            "not persistent within this Session|is already attached to session|is not persisted"
            "|another instance with key .* is already present in this session"
            "|is not present in this Session|identity map is no longer valid"
        ),
    ),
    Row(
        cause="write-conflict",
        module=_HERE,
        types=("StaleDataError", "ObjectDeletedError"),
    ),
    Row(cause="concurrent-connection-use", module=_HERE, codes=("isce",)),
    Row(
        cause="concurrent-connection-use",
        module=_HERE,
        pattern=_says("concurrent operations are not permitted|^Session is already flushing"),
    ),
    Row(cause="connection-pool-exhaustion", module=_HERE, codes=("3o7r",)),
    Row(
        cause="result-object-misuse",
        module=_HERE,
        pattern=_says(r"does not return rows|unique\(\) method must be invoked"),
    ),
    Row(cause="connection-lifecycle-violation", module=_HERE, types=("ResourceClosedError",)),
    Row(
        cause="connection-lifecycle-violation",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says(
            "Can't operate on closed transaction inside context manager"
            "|A transaction is already begun on this Session"
            r"|already initialized a SQLAlchemy Transaction\(\) object"
            "|is in '(prepared|committed|closed)' state; no further SQL"
            "|^connection is already started"
            "|has been permanently closed and is unable to handle"
            "|context has not been started and object has not been awaited"
        ),
    ),
    Row(cause="result-object-misuse", module=_HERE, types=("NoSuchColumnError",)),
    Row(
        cause="result-cardinality-mismatch",
        module=_HERE,
        types=("NoResultFound", "MultipleResultsFound"),
    ),
    Row(
        cause="unresolved-reference",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says(
            "Don't know how to join|Can't determine (join|which FROM clause)"
            "|^Entity namespace for .* has no property"
            "|^None of the FROM clause entities have a property"
        ),
    ),
    Row(
        cause="mapping-misconfiguration",
        module=_HERE,
        types=(
            "InvalidRequestError",
            "ArgumentError",
            "UnmappedInstanceError",
            "UnmappedClassError",
        ),
        pattern=_says(
            "apper|has no property|failed to locate a name|join condition|not mapped"
            "|expected, got <class"
        ),
    ),
    Row(
        cause="unresolved-reference",
        module=_HERE,
        types=("AmbiguousForeignKeysError", "NoForeignKeysError"),
        pattern=_says("Can't (find|determine).* between"),
    ),
    Row(
        cause="backend-unsupported-operation",
        module=_HERE,
        types=("CompileError", "UnsupportedCompilationError", "NotSupportedError"),
    ),
    Row(
        cause="malformed-statement",
        module=_HERE,
        pattern=_says("A value is required for bind parameter|explicitly declared as text"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        types=("NoSuchModuleError", "NoDBAPILoaded"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        types=("ArgumentError",),
        pattern=_says("Could not parse SQLAlchemy URL|Expected string or URL object"),
    ),
    Row(cause="data-layer-not-initialized", module=_HERE, types=("UnboundExecutionError",)),
)
