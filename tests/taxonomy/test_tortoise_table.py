"""What Tortoise ORM 0.25 and 1.1 really raised, text by text, to the cause that it names."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.tables import TABLES
from tests.taxonomy.test_exceptions import Found

BASES = {
    "IntegrityError": ("OperationalError",),
    "NoValuesFetched": ("OperationalError",),
    "IncompleteInstanceError": ("OperationalError",),
    "DoesNotExist": ("NotExistOrMultiple", "OperationalError"),
    "MultipleObjectsReturned": ("NotExistOrMultiple", "OperationalError"),
    "ObjectDoesNotExistError": ("OperationalError", "KeyError"),
}


def tortoise(kind: str, message: str) -> Found:
    mro = (kind, *BASES.get(kind, ()), "BaseORMException", "Exception")
    return Found(kind, "tortoise.exceptions", mro, message)


def python(kind: str, message: str, origin: str | None = None) -> Found:
    return Found(kind, "builtins", (kind, "Exception"), message, origin=origin)


OWN = [
    ("unresolved-reference", "FieldError", "Unknown filter param 'nmae'. Allowed base values are"),
    ("unresolved-reference", "FieldError", "Unknown field nmae for model Author"),
    ("unresolved-reference", "FieldError", "autor not resolvable"),
    ("unresolved-reference", "FieldError", "Relation boks for things.Author not found"),
    ("unresolved-reference", "OperationalError", "relation boks for author not found"),
    ("result-cardinality-mismatch", "DoesNotExist", ""),
    ("result-cardinality-mismatch", "MultipleObjectsReturned", ""),
    ("result-cardinality-mismatch", "ObjectDoesNotExistError", ""),
    ("integrity-violation", "ValidationError", "name: Value must not be None"),
    ("bind-type-mismatch", "ValidationError", "name: Length of 'x' 30 > 10"),
    ("bind-type-mismatch", "ValidationError", "Invalid type for relationship field 'author'."),
    ("malformed-statement", "ParamsError", "Limit should be non-negative number"),
    ("malformed-statement", "ParamsError", "Slice steps should be 1 or None."),
    ("unawaited-db-call", "ParamsError", "QuerySet indices must be slices."),
    ("unawaited-db-call", "ParamsError", "QuerySet indices must be slices, not integers. Query"),
    (
        "connection-lifecycle-violation",
        "TransactionManagementError",
        "Transaction already finalised",
    ),
    ("failed-transaction-reuse", "TransactionManagementError", "current transaction is aborted, c"),
    ("identifier-not-propagated", "OperationalError", "Can't delete unpersisted record"),
    ("identifier-not-propagated", "OperationalError", "You should first call .save() on <Book>"),
    ("write-conflict", "IntegrityError", "Can't update object that doesn't exist. PK: 7"),
    ("async-implicit-io", "NoValuesFetched", "No values were fetched for this relation, first u"),
    ("result-object-misuse", "IncompleteInstanceError", "Author is a partial model, can only be s"),
    ("mapping-misconfiguration", "ConfigurationError", "You can't set m2m relations through init"),
    ("mapping-misconfiguration", "ConfigurationError", "No model with name 'X' registered in app"),
    ("mapping-misconfiguration", "ConfigurationError", 'backward relation "x" duplicates in model'),
    ("data-layer-not-initialized", "ConfigurationError", "DB configuration not initialised. Make"),
    (
        "data-layer-not-initialized",
        "ConfigurationError",
        "default_connection for the model <class 'things.Author'> cannot be None",
    ),
    ("startup-connection-failure", "ConfigurationError", "Unknown DB scheme: postgress"),
    ("startup-connection-failure", "DBConnectionError", "Can't establish connection to database x"),
    ("backend-unsupported-operation", "UnSupportedError", "Unsupported explain format: x"),
]

PLAIN = [
    (
        "integrity-violation",
        python(
            "ValueError",
            "name is non nullable field, but null was passed",
            "tortoise/models.py:Model._set_kwargs",
        ),
    ),
    (
        "bind-type-mismatch",
        python("ValueError", "invalid literal for int()", "tortoise/fields/base.py:to_db_value"),
    ),
    (
        "bind-type-mismatch",
        python("TypeError", "'<' not supported between instances of", "tortoise/queryset.py:limit"),
    ),
    (
        "bind-type-mismatch",
        python(
            "AttributeError",
            "'str' object has no attribute '_saved_in_db'",
            "tortoise/models.py:Model._set_kwargs",
        ),
    ),
    (
        "backend-unsupported-operation",
        python(
            "NotImplementedError",
            "must be overridden in each executor",
            "tortoise/filters.py:json_contains",
        ),
    ),
    (
        "data-layer-not-initialized",
        python("RuntimeError", "No TortoiseContext is currently active"),
    ),
    (
        "unawaited-db-call",
        python("TypeError", "'>' not supported between instances of 'CountQuery' and 'int'"),
    ),
    ("unawaited-db-call", python("TypeError", "'ValuesQuery' object is not subscriptable")),
    (
        "unawaited-db-call",
        python("TypeError", "Unable to serialize: <class 'tortoise.queryset.QuerySet'>"),
    ),
]


@pytest.mark.parametrize(("cause", "kind", "message"), OWN)
def test_its_own_exceptions_name_their_cause(cause: str, kind: str, message: str) -> None:
    reading = read_one(tortoise(kind, message), TABLES)

    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(("cause", "found"), PLAIN)
def test_what_python_raises_inside_it_names_its_cause(cause: str, found: Found) -> None:
    reading = read_one(found, TABLES)

    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(
    "found",
    [
        tortoise("OperationalError", "something else"),
        tortoise("TransactionManagementError", "something else"),
        python("ValueError", "invalid literal for int()", "shop/orders.py:read"),
        python(
            "ValueError", "name is non nullable field, but null was passed", "shop/form.py:read"
        ),
        python("NotImplementedError", "must be overridden in each shop", "shop/base.py:price"),
        python("RuntimeError", "No context is currently active"),
        # a class of the same name is Django's, too: the table cannot tell
        python("AttributeError", "'QuerySet' object has no attribute 'name'"),
    ],
)
def test_what_only_looks_alike_has_no_cause(found: Found) -> None:
    assert read_one(found, TABLES) is None
