"""What Tortoise ORM 0.25 and 1.1 raise by themselves, by class and message.

Its exceptions are one family, in which `DoesNotExist` and `IntegrityError` are operational errors
too: the classes stand from the narrowest to the widest. What the driver said was read before.
"""

import re

from ormprobe_taxonomy.exceptions import Row

_HERE = ("tortoise",)
_FIELDS = re.compile(r"tortoise/fields/(base|data)\.py:|tortoise/fields:")
_FILTERS = re.compile(r"tortoise/(filters|contrib/\w+/\w+)\.py:")
_MODELS = re.compile(r"tortoise/(models|fields/relational)\.py:")


_QUERIES_ALONE = (
    "CountQuery|ExistsQuery|ValuesQuery|ValuesListQuery|FieldSelectQuery|ContainsQuery|UpdateQuery"
    "|DeleteQuery|BulkCreateQuery|BulkUpdateQuery|RawSQLQuery|AwaitableQuery|UnionQuery"
)

QUERY = re.compile(
    rf"'(?:QuerySet|{_QUERIES_ALONE})' object|(?:of|operand) type(?:\(s\))? .*\bQuerySet\b"
    rf"|instances of .*'(?:QuerySet|{_QUERIES_ALONE})'|'(?:{_QUERIES_ALONE})'"
    r"|^QuerySet indices must be slices|<class 'tortoise\.queryset\.\w+'>"
)
"""What is said of a query object where its result should be; others have a QuerySet, too."""


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


_RESULTS: tuple[Row, ...] = (
    Row(
        cause="async-implicit-io",
        variant="relation-not-fetched",
        module=_HERE,
        types=("NoValuesFetched",),
    ),
    Row(
        cause="result-cardinality-mismatch",
        module=_HERE,
        types=("DoesNotExist", "ObjectDoesNotExistError", "MultipleObjectsReturned"),
    ),
    Row(cause="result-object-misuse", module=_HERE, types=("IncompleteInstanceError",)),
    # a query was read with an index, or iterated: nothing awaited it
    Row(
        cause="unawaited-db-call",
        module=_HERE,
        types=("ParamsError",),
        pattern=_says("^QuerySet indices must be slices"),
    ),
)

_WRITES: tuple[Row, ...] = (
    Row(
        cause="write-conflict",
        variant="zero-rows",
        module=_HERE,
        types=("IntegrityError",),
        pattern=_says("^Can't update object that doesn't exist"),
    ),
    Row(
        cause="write-conflict",
        module=_HERE,
        types=("OperationalError",),
        pattern=_says("could not recover from concurrent deletions"),
    ),
    Row(
        cause="malformed-statement",
        module=_HERE,
        types=("IntegrityError", "OperationalError"),
        pattern=_says(
            "is (PK|generated) and can not be updated|^Can't update (generated|pk) field"
        ),
    ),
    Row(
        cause="identifier-not-propagated",
        module=_HERE,
        types=("OperationalError",),
        pattern=_says(r"first call \.save\(\) on|hasn't been instanced|unpersisted record"),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        module=_HERE,
        types=("ValidationError",),
        pattern=_says("Value must not be None"),
    ),
    Row(
        cause="integrity-violation",
        facet="not-null",
        types=("ValueError",),
        pattern=_says("is non nullable field, but null was passed"),
        origin=_MODELS,
    ),
)

_QUERIES: tuple[Row, ...] = (
    Row(cause="unresolved-reference", module=_HERE, types=("FieldError",)),
    # fetch_related of an instance: the same mistake, of another class
    Row(
        cause="unresolved-reference",
        variant="relation",
        module=_HERE,
        types=("OperationalError",),
        pattern=_says("^relation .* not found$"),
    ),
    Row(
        cause="malformed-statement",
        module=_HERE,
        types=("ParamsError",),
        pattern=_says(
            "should be non-negative|^Slice |^QuerySet indices|[Uu]nion queries|^Invalid"
            "|Conflict value"
        ),
    ),
    Row(
        cause="data-layer-not-initialized",
        module=_HERE,
        types=("ParamsError",),
        pattern=_says("multiple databases, so you should specify"),
    ),
    Row(cause="backend-unsupported-operation", module=_HERE, types=("UnSupportedError",)),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        pattern=_says("overridden in each|not supported by your database"),
        origin=_FILTERS,
    ),
)

_VALUES: tuple[Row, ...] = (
    Row(cause="bind-type-mismatch", module=_HERE, types=("ValidationError",)),
    Row(cause="bind-type-mismatch", types=("ValueError", "TypeError"), origin=_FIELDS),
    # LIMIT and OFFSET are compared with a number before they are sent
    Row(
        cause="bind-type-mismatch",
        types=("TypeError",),
        pattern=_says("not supported between instances of"),
        origin=_says(r"tortoise/queryset\.py:(limit|offset)"),
    ),
    Row(cause="bind-type-mismatch", module=("iso8601",), types=("ParseError",)),
    # an identifier, or a value of another kind, stands where the related object belongs
    Row(
        cause="bind-type-mismatch",
        types=("AttributeError",),
        pattern=_says("has no attribute '(_saved_in_db|_meta|pk)'"),
        origin=_MODELS,
    ),
)

_SET_UP: tuple[Row, ...] = (
    Row(
        cause="data-layer-not-initialized",
        module=_HERE,
        types=("ConfigurationError",),
        pattern=_says(
            "cannot be None$|^DB configuration not initialised|is not initialized"
            "|^Context not initialized|^No default connection configured"
            "|^You have to call \\.init\\(\\) first"
        ),
    ),
    # a warning, where a filter makes it an error
    Row(
        cause="connection-context-mismatch",
        module=_HERE,
        types=("TortoiseLoopSwitchWarning",),
    ),
    Row(
        cause="data-layer-not-initialized",
        types=("RuntimeError",),
        pattern=_says("^No TortoiseContext is currently active"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_HERE,
        types=("ConfigurationError",),
        pattern=_says(
            "^Unknown DB scheme|^No path specified for DB_URL|^Port is not an integer"
            "|^Backend for engine|^Init type is invalid|^Connection|^Must provide either"
            "|^Config must define|^Unknown config extension|^TortoiseConfig|^DBUrlConfig"
            '|^Unknown connection|^App "|^Unable to get db settings|refers to unknown connection'
        ),
    ),
    Row(cause="startup-connection-failure", module=_HERE, types=("DBConnectionError",)),
    Row(
        cause="connection-lifecycle-violation",
        module=_HERE,
        types=("ConfigurationError",),
        pattern=_says("^Global context fallback is already enabled"),
    ),
    # what is left is about models, their fields and relations
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=_HERE,
        types=("ConfigurationError",),
    ),
)

_TRANSACTIONS: tuple[Row, ...] = (
    Row(
        cause="failed-transaction-reuse",
        module=_HERE,
        types=("TransactionManagementError",),
        pattern=_says("current transaction is aborted"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        module=_HERE,
        types=("TransactionManagementError",),
        pattern=_says("already finalised|is in invalid state|No savepoint"),
    ),
)

ROWS: tuple[Row, ...] = (
    *_RESULTS,
    *_WRITES,
    *_QUERIES,
    *_VALUES,
    *_SET_UP,
    *_TRANSACTIONS,
    # Python names the class alone; these are Tortoise's own, and nothing but await runs them
    Row(
        cause="unawaited-db-call",
        types=("AttributeError", "TypeError"),
        pattern=_says(f"'(?:{_QUERIES_ALONE})'"),
    ),
    Row(cause="unawaited-db-call", pattern=_says(r"<class 'tortoise\.queryset\.\w+'>")),
    Row(
        cause="result-object-misuse",
        types=("AttributeError", "TypeError"),
        pattern=_says("'(?:ReverseRelation|ManyToManyRelation)' object"),
    ),
)
