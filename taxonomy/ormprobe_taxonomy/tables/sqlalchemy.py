"""What SQLAlchemy 1.4, 2.0 and 2.1 raise by themselves, by code, class and message."""

import re

from ormprobe_taxonomy.exceptions import Row

_HERE = ("sqlalchemy",)


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


_QUERIES: tuple[Row, ...] = (
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
        cause="unresolved-reference",
        module=_HERE,
        types=("CompileError",),
        pattern=_says("^Unconsumed column names"),
    ),
    Row(
        cause="unresolved-reference",
        module=_HERE,
        types=("ArgumentError", "LoaderStrategyException"),
        pattern=_says(
            "^Mapped (class|attribute) .* does not (link|apply)|^Can't apply .* strategy"
        ),
    ),
    Row(
        cause="unresolved-reference",
        module=_HERE,
        types=("AmbiguousForeignKeysError", "NoForeignKeysError"),
        pattern=_says("Can't (find|determine).* between"),
    ),
    Row(
        cause="malformed-statement",
        module=_HERE,
        pattern=_says(
            "A value is required for bind parameter|explicitly declared (as|with) text"
            "|Strings are not accepted for attribute names|Not an executable object"
            "|a SELECT used as a FROM|^This text\\(\\) construct doesn't define a bound parameter"
        ),
    ),
    Row(cause="malformed-statement", module=_HERE, codes=("cd3x", "89ve")),
)

_MAPPING: tuple[Row, ...] = (
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-class",
        module=_HERE,
        types=("ArgumentError",),
        pattern=_says("expected, got <class"),
    ),
    # session.delete(session.get(...)) where there was no row
    Row(
        cause="result-cardinality-mismatch",
        variant="none",
        module=_HERE,
        types=("UnmappedInstanceError",),
        pattern=_says("NoneType' is not mapped"),
    ),
    # session.add(repository.find(...)) without its await
    Row(
        cause="unawaited-db-call",
        module=_HERE,
        types=("UnmappedInstanceError",),
        pattern=_says("coroutine' is not mapped"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-class",
        module=_HERE,
        types=("UnmappedInstanceError", "UnmappedClassError"),
    ),
    Row(cause="data-layer-not-initialized", module=_HERE, types=("UnboundExecutionError",)),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=_HERE,
        types=(
            "MappedAnnotationError",
            "UnmappedColumnError",
            "NoReferencedTableError",
            "NoReferencedColumnError",
            "ConstraintColumnNotFoundError",
            "CircularDependencyError",
        ),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=_HERE,
        codes=("zlpr", "bbf0", "dcmx", "dcte"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-class",
        module=_HERE,
        types=("NoInspectionAvailable",),
        pattern=_says("No inspection system is available for object of type <class 'type'>"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=_HERE,
        types=(
            "InvalidRequestError",
            "ArgumentError",
            "NoForeignKeysError",
            "AmbiguousForeignKeysError",
        ),
        pattern=_says(
            "mappers failed to initialize|[Mm]apper '?Mapper\\[|initializing mapper|has no property"
            "|failed to locate a name|join condition|not mapped"
            "|already defined for this MetaData instance|__table__ or __tablename__"
            "|Multiple classes found for path|both of the same direction|is reserved"
            "|already has a primary mapper|is not a mapped class|expects a class or a mapper"
            "|delete-orphan cascade|foreign[ _]key|remote_side|back_populates|[Mm]apper for class"
        ),
    ),
)

_VALUES: tuple[Row, ...] = (
    Row(
        cause="bind-type-mismatch",
        module=_HERE,
        types=("ArgumentError",),
        pattern=_says(
            "^SQL expression element or literal value expected, got"
            "|is not legal as a SQL literal value|^Mapped instance expected for relationship"
            "|^IN expression list, SELECT construct, or bound parameter object expected"
        ),
    ),
    # raised while the parameters were prepared, before the driver saw the statement
    Row(
        cause="bind-type-mismatch",
        module=_HERE,
        types=("StatementError",),
        pattern=_says(r"^\((builtins|decimal|json|datetime|uuid|enum)\.\w+\) "),
    ),
)

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
        types=("StaleDataError", "ObjectDeletedError", "ConcurrentModificationError"),
    ),
    Row(
        cause="write-conflict",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says("^Could not refresh instance"),
    ),
    # an instance that would be left without its parent, or would have two
    Row(
        cause="cascade-misconfiguration",
        types=("AssertionError",),
        pattern=_says("^Dependency rule .*tried to blank-out primary key column"),
    ),
    Row(cause="cascade-misconfiguration", module=_HERE, codes=("bbf1",)),
    Row(
        cause="identifier-not-propagated",
        module=_HERE,
        types=("FlushError",),
        pattern=_says("has a NULL identity key|Can't update table .* using NULL for primary key"),
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
    Row(
        cause="result-object-misuse",
        module=_HERE,
        types=("NoSuchColumnError", "AmbiguousColumnError"),
    ),
    Row(
        cause="result-object-misuse",
        module=_HERE,
        types=("InvalidRequestError",),
        pattern=_says("^Ambiguous column name|^Can't call .* on a result|^Result object"),
    ),
    Row(
        cause="result-cardinality-mismatch",
        module=_HERE,
        types=("NoResultFound", "MultipleResultsFound"),
    ),
    *_QUERIES,
    *_MAPPING,
    *_VALUES,
    Row(
        cause="mapping-misconfiguration",
        module=_HERE,
        types=("CompileError",),
        pattern=_says("did you forget to specify a type on this Column"),
    ),
    Row(
        cause="backend-unsupported-operation",
        module=_HERE,
        types=("CompileError", "UnsupportedCompilationError", "NotSupportedError"),
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
    # the engine's driver is of the wrong kind: sync for async, or its pool
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        pattern=_says("requires an async driver|cannot be used with asyncio engine"),
    ),
)
