"""Operations of a small Django app, timed in blocks on request; see `workload`.

OpenTelemetry's instrumentation of Django is about requests: statements are spans of its
instrumentation of sqlite3. zeal looks for loads that repeat.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter_ns

import django
from django.conf import settings

ROWS = 200
LISTED = 50


def configure(kind: str, url: str) -> None:
    name = url.removeprefix("sqlite:///")
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name}},
        INSTALLED_APPS=["django.contrib.contenttypes", *(["zeal"] if kind == "zeal" else [])],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        ZEAL_NPLUSONE_THRESHOLD=1_000_000,
    )
    django.setup()


def main(kind: str, url: str) -> None:
    if kind == "opentelemetry":
        instrument()
    configure(kind, url)
    watched: Callable[[], AbstractContextManager[object]] = nullcontext
    if kind == "zeal":
        from zeal import zeal_context as watched
    serve(operations(), watched)


def operations() -> dict[str, Callable[[int], None]]:
    from django.db import connection, models

    class Parcel(models.Model):
        code = models.CharField(max_length=20)
        city = models.CharField(max_length=20)
        weight = models.IntegerField()
        note = models.TextField()

        class Meta:
            app_label = "depot"

    class Visit(models.Model):
        place = models.CharField(max_length=20)

        class Meta:
            app_label = "depot"

    with connection.schema_editor() as editor:
        editor.create_model(Parcel)
        editor.create_model(Visit)
    with connection.cursor() as cursor:  # do not wait for the disk at a commit
        cursor.execute("PRAGMA synchronous = OFF")
    Parcel.objects.bulk_create(
        Parcel(code=f"P{number:05}", city=f"city {number % 7}", weight=number, note="n" * 20)
        for number in range(ROWS)
    )

    def get(number: int) -> None:
        Parcel.objects.get(id=number % ROWS + 1)

    def list_50(number: int) -> None:
        list(Parcel.objects.order_by("id")[:LISTED])

    def save(number: int) -> None:
        Visit(place="the same").save()

    return {"get": get, "list": list_50, "save": save}


def serve(
    found: dict[str, Callable[[int], None]], watched: Callable[[], AbstractContextManager[object]]
) -> None:
    """Answer requests for blocks until standard input ends; `watched` is entered for each."""
    for line in sys.stdin:
        name, repeats = line.split()
        operation, count = found[name], int(repeats)
        gc.collect()
        with watched():
            started = perf_counter_ns()
            for number in range(count):
                operation(number)
            took = perf_counter_ns() - started
        print(took / count, flush=True)


def instrument() -> None:
    """OpenTelemetry as a service would have it: batch processor, here with a no-op exporter."""
    from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )

    class Nowhere(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    SQLite3Instrumentor().instrument(tracer_provider=provider, skip_dep_check=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
