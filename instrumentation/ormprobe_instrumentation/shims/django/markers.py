"""Functions of Django that, met on the stack, say what it is doing.

A name that a version lacks is left out.
"""

from __future__ import annotations

import sys
from typing import Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

Table = Tuple[Tuple[str, str, Tuple[str, ...]], ...]

# marker, module, "Class.function" or "function"
_RELATED = "django.db.models.fields.related_descriptors"
_MODELS: Table = (
    ("get", "django.db.models.query", ("QuerySet.get",)),
    ("eager", "django.db.models.query", ("prefetch_related_objects",)),
    ("refresh", "django.db.models.base", ("Model.refresh_from_db",)),
    ("deferred", "django.db.models.query_utils", ("DeferredAttribute.__get__",)),
    # of fetch modes (6.1): all instances that were read together
    ("eager", "django.db.models.query_utils", ("DeferredAttribute.fetch_many",)),
    (
        "eager",
        _RELATED,
        ("ForwardManyToOneDescriptor.fetch_many", "ReverseOneToOneDescriptor.fetch_many"),
    ),
    (
        "lazy",
        _RELATED,
        ("ForwardManyToOneDescriptor.__get__", "ReverseOneToOneDescriptor.__get__"),
    ),
    ("exit", "django.db.transaction", ("Atomic.__exit__",)),
    ("enter", "django.db.transaction", ("Atomic.__enter__",)),
)
GENERIC: Table = (
    (
        "lazy",
        "django.contrib.contenttypes.fields",
        ("GenericForeignKeyDescriptor.__get__", "GenericForeignKey.__get__"),
    ),
)
TYPES: Table = (
    (
        "type",
        "django.contrib.contenttypes.models",
        (
            "ContentTypeManager.get_for_id",
            "ContentTypeManager.get_for_model",
            "ContentTypeManager.get_for_models",
            "ContentTypeManager.get_by_natural_key",
        ),
    ),
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    mark(recorder, _MODELS)


def mark(recorder: Recorder, table: Table) -> None:
    """Mark the functions of a table that are there."""
    for marker, module_name, candidates in table:
        module = sys.modules.get(module_name)
        for dotted in candidates:
            found: object = module  # then a class, then its function
            for part in dotted.split("."):
                found = None if found is None else vars(found).get(part)
            if found is not None:
                recorder.sites.mark(found, marker)
