"""What Django 4.2 to 6.1, and Django REST framework, raise by themselves, by class and message.

Classes of its own are told by module. Python's (TypeError, ValueError, ...) are Django's only where
its code raised them: by their origin.
"""

import re

from ormprobe_taxonomy.exceptions import Row

_DB = ("django.db",)
_CORE = ("django.core", "django.utils", "django.db")
_ORM = re.compile(
    r"(^|/)(django/(db|apps)|db/(models|backends)|models/(fields|sql|functions)|backends/\w+"
    r"|apps|contrib/(postgres|contenttypes)|postgres/fields)/\w+\.py:"
)
"""Where Django's ORM raises; of a path the last parts are known."""
_MANAGERS = r"ManyRelatedManager|RelatedManager|GenericRelatedObjectManager|ManagerFrom\w+"
_SETS = r"QuerySet|RawQuerySet|FlatValuesListIterable|ValuesListIterable|ValuesIterable"


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text)


_TRANSACTIONS: tuple[Row, ...] = (
    Row(
        cause="failed-transaction-reuse",
        module=_DB,
        types=("TransactionManagementError",),
        pattern=_says("^An error occurred in the current transaction"),
    ),
    Row(
        cause="lost-update",
        module=_DB,
        types=("TransactionManagementError",),
        pattern=_says("^select_for_update cannot be used outside"),
    ),
    Row(
        cause="connection-lifecycle-violation",
        module=_DB,
        types=("TransactionManagementError", "ProgrammingError"),
        pattern=_says(
            "^This is forbidden when an|^The rollback flag doesn't work outside"
            r"|^on_commit\(\) cannot be used|^Cannot open a new connection in an"
        ),
    ),
    Row(
        cause="connection-lifecycle-violation",
        types=("RuntimeError",),
        pattern=_says("^A durable atomic block cannot be nested"),
        origin=_ORM,
    ),
    # the driver's own conflicts bear a status; these two are Django's
    Row(
        cause="write-conflict",
        pattern=_says("^(Forced update|Save with update_fields) did not affect any rows"),
        types=("DatabaseError",),
    ),
    Row(cause="cascade-misconfiguration", module=_DB, types=("ProtectedError", "RestrictedError")),
    Row(
        cause="integrity-violation",
        facet="foreign-key",
        module=_DB,
        types=("IntegrityError",),
        pattern=_says("has an invalid foreign key"),
    ),
)

_QUERIES: tuple[Row, ...] = (
    Row(cause=None, types=("FieldFetchBlocked",)),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=_CORE,
        types=("FieldError",),
        pattern=_says("clashes with|is not local to model"),
    ),
    Row(
        cause="bind-type-mismatch",
        module=_CORE,
        types=("FieldError",),
        pattern=_says("You must set output_field|unknown output_field"),
    ),
    Row(
        cause="malformed-statement",
        module=_CORE,
        types=("FieldError", "FieldDoesNotExist"),
        pattern=_says(
            "is an aggregate$|are not allowed in this query|are not permitted in this query"
            "|cannot be both deferred and traversed|^Raw query must include|^Cannot aggregate over"
            "|^Cannot select the|^Infinite loop|^Using an aggregate in order_by"
            "|^Cannot update when ordering by"
        ),
    ),
    Row(
        cause="unresolved-reference",
        module=_CORE,
        types=("FieldError", "FieldDoesNotExist"),
    ),
    Row(
        cause="unresolved-reference",
        types=("AttributeError", "ValueError"),
        pattern=_says(r"is an invalid parameter to prefetch_related"),
        origin=_ORM,
    ),
    Row(
        cause="unresolved-reference",
        types=("ValueError",),
        pattern=_says("^The following fields do not exist in this model"),
        origin=_ORM,
    ),
    Row(
        cause="malformed-statement",
        module=_DB,
        types=("NotSupportedError",),
        pattern=_says(r"^Calling QuerySet\."),
    ),
    Row(
        cause="backend-unsupported-operation",
        module=_DB,
        types=("NotSupportedError",),
    ),
    Row(
        cause="malformed-statement",
        types=("TypeError", "ValueError", "AssertionError"),
        pattern=_says(
            "once a slice has been taken|^Negative indexing is not supported"
            r"|^Cannot call \S+\(?\)? after|^Cannot use '?(limit|offset)"
            "|^Cannot combine|^Merging .* must involve the same|received non-expression"
            "|require an alias|are mutually exclusive|on an unordered queryset"
            "|^Cannot use .* operator with combined queryset|conflicts with a field on the model"
            r"|^chunk_size must be provided|cannot be used with values\(\)"
            "|^Cannot filter against a non-conditional"
        ),
        origin=_ORM,
    ),
    Row(
        cause="backend-unsupported-operation",
        types=("NotImplementedError",),
        pattern=_says(r"distinct\(fields\) (is )?not implemented|^Ordering combined queries by"),
        origin=_ORM,
    ),
)

_VALUES: tuple[Row, ...] = (
    Row(
        cause="timezone-mismatch",
        types=("RuntimeWarning",),
        pattern=_says("received a naive datetime"),
    ),
    Row(
        cause="timezone-mismatch",
        types=("ValueError",),
        pattern=_says(
            "backend does not support timezone-aware|^make_aware expects a naive datetime"
            r"|^make_naive\(\) cannot be applied|^Not naive datetime"
        ),
        origin=re.compile(r"django/utils/timezone\.py:|backends/\w+/\w+\.py:"),
    ),
    Row(
        cause="unawaited-db-call",
        types=("ValueError", "TypeError"),
        pattern=_says("coroutine"),
        origin=_ORM,
    ),
    Row(cause=None, types=("ValueError",), pattern=_says("^Cannot assign .*AnonymousUser")),
    Row(
        cause="bind-type-mismatch",
        types=("ValueError", "TypeError"),
        # Field 'id' expected a number but got 'bob'
        pattern=_says(r"^Field '?.* expected a number but got"),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("ValueError", "TypeError"),
        pattern=_says(
            "^Cannot query .*Must be .* instance|^Cannot use QuerySet for"
            "|^Cannot assign .* must be an? .* instance|instance expected, got"
            "|^Cannot use None as a query value|^Tried to update field"
            "|^The QuerySet value for"
        ),
        origin=_ORM,
    ),
    Row(
        cause="bind-type-mismatch",
        types=("TypeError", "ValueError"),
        # what a field makes of a value that is to be compared or stored
        origin=re.compile(
            r"models/fields/\w+\.py:(?:\w+\.)*(get_prep_value|get_db_prep_value|to_python)$"
        ),
    ),
    Row(
        cause="bind-type-mismatch",
        types=("TypeError", "ValueError"),
        origin=re.compile(r"django/utils/dateparse\.py:"),
    ),
    # of a form or full_clean, it is collected and raised anew elsewhere
    Row(
        cause="bind-type-mismatch",
        module=("django.core",),
        types=("ValidationError",),
        origin=re.compile(r"models/fields/\w+\.py:(?:\w+\.)*to_python$"),
    ),
    Row(
        cause="instance-session-mismatch",
        types=("ValueError",),
        pattern=_says(
            "the current database router prevents this relation|^Cannot add .* is on database"
            "|allowed across different databases"
        ),
        origin=_ORM,
    ),
    Row(
        cause="identifier-not-propagated",
        types=("ValueError", "TypeError"),
        pattern=_says(
            r"^save\(\) prohibited|^bulk_create\(\) prohibited|needs to have a (value for|primary)"
            "|passed to related filters must be saved|instance isn't saved|^Cannot force an update"
            "|can't be deleted because|without primary key value are unhashable"
            "|^Cannot add .* the value for field"
        ),
        origin=_ORM,
    ),
)

_RESULTS: tuple[Row, ...] = (
    Row(
        cause="write-never-emitted",
        variant="companion-row",
        types=("RelatedObjectDoesNotExist",),
    ),
    Row(
        cause="result-cardinality-mismatch",
        types=("ObjectDoesNotExist", "MultipleObjectsReturned"),
    ),
    Row(
        cause="result-object-misuse",
        types=("TypeError", "AttributeError"),
        pattern=_says(
            rf"^'({_MANAGERS})' object|^object of type '({_MANAGERS})'"
            rf"|^Object of type ({_MANAGERS}|{_SETS}) is not JSON serializable"
            r"|^Manager isn't accessible via|^Direct assignment to the"
            rf"|^argument of type '({_MANAGERS})'"
        ),
    ),
    Row(
        cause="result-object-misuse",
        types=("TypeError",),
        pattern=_says(r"^QuerySet indices must be integers"),
        origin=_ORM,
    ),
)

_MODELS: tuple[Row, ...] = (
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-attribute",
        types=("TypeError",),
        pattern=_says(r"\(\) got unexpected keyword arguments?: |for field .* got both positional"),
        origin=_ORM,
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="unmapped-attribute",
        module=_CORE,
        types=("ImproperlyConfigured",),
        # of a serializer
        pattern=_says(r"^Field name .* is not valid for model"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        types=("ValueError", "RuntimeError", "TypeError", "LookupError", "AttributeError"),
        pattern=_says(
            "^Related model .* cannot be resolved|doesn't declare an explicit app_label"
            r"|^Conflicting .* models in application|^'?class Meta'? got invalid attribute"
            "|^First parameter to|is invalid. First parameter to|^on_delete must be callable"
            "|^Abstract models cannot be instantiated|is abstract$|has no manager named"
            "|^No installed app with label|doesn't have a .* model|^Model .* not registered"
            "|^Invalid model reference|can't have more than one auto-generated field"
            "|was declared with a lazy reference|^Proxy model|^Cannot resolve output_field"
            "|has been swapped for|^'str' object has no attribute '_meta'"
        ),
        origin=_ORM,
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        types=("TypeError",),
        pattern=_says(r"(ForeignKey|OneToOneField)\.__init__\(\) missing .* argument: '?on_delete"),
    ),
    Row(
        cause="mapping-misconfiguration",
        variant="mapper",
        module=("django.core.management",),
        types=("SystemCheckError",),
        codes=("fields.E*", "models.E*"),
    ),
)

_SETTINGS: tuple[Row, ...] = (
    Row(
        cause="data-layer-not-initialized",
        module=_CORE,
        types=("ConnectionDoesNotExist", "AppRegistryNotReady"),
    ),
    Row(
        cause="data-layer-not-initialized",
        module=_CORE,
        types=("ImproperlyConfigured",),
        pattern=_says("settings are not configured|Please supply the ENGINE value"),
    ),
    Row(
        cause="startup-connection-failure",
        module=_CORE,
        types=("ImproperlyConfigured",),
        pattern=_says(
            "available database backend|^Error loading .* module|^settings.DATABASES"
            "|^You must define a .* database|[Pp]ooling (doesn't|requires)|psycopg|mysqlclient"
            "|isolation level|transaction_mode|^The database name"
        ),
    ),
    Row(
        cause="schema-model-drift",
        variant="migrations",
        module=("django.db.migrations",),
        types=("InconsistentMigrationHistory", "NodeNotFoundError", "InvalidBasesError"),
    ),
)

ROWS: tuple[Row, ...] = (
    Row(cause="async-implicit-io", module=_CORE, types=("SynchronousOnlyOperation",)),
    *_TRANSACTIONS,
    *_QUERIES,
    *_VALUES,
    *_RESULTS,
    *_MODELS,
    *_SETTINGS,
)
