"""A program that has Django refuse things, and prints each refusal as JSON: one object a line."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import warnings
from contextlib import suppress
from datetime import datetime, timezone

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.db import IntegrityError, connection, connections, models, transaction  # noqa: E402
from django.db.models import F, Sum  # noqa: E402
from django.utils.timezone import make_aware  # noqa: E402


class Pier(models.Model):
    name = models.CharField(max_length=20, unique=True)
    depth = models.IntegerField(default=0)
    built = models.DateTimeField(null=True)
    notes = models.JSONField(default=dict)
    guests = models.ManyToManyField("Boat")

    class Meta:
        app_label = "port"


class Boat(models.Model):
    pier = models.ForeignKey(Pier, models.PROTECT, null=True)
    weight = models.FloatField(default=1)

    class Meta:
        app_label = "port"


class Papers(models.Model):
    boat = models.OneToOneField(Boat, models.CASCADE)

    class Meta:
        app_label = "port"


class Lost(models.Model):
    pier = models.ForeignKey("port.Pear", models.CASCADE, related_name="+")

    class Meta:
        app_label = "port"


class Kept(models.Model):
    class Meta:
        abstract = True


def unresolved_keyword():
    Pier.objects.filter(nmae="x")


def unresolved_lookup():
    Boat.objects.filter(pier__name__nope=1)


def unresolved_order():
    list(Pier.objects.order_by("nope"))


def unresolved_values():
    list(Pier.objects.values("nope"))


def unresolved_update():
    Pier.objects.update(nope=1)


def unresolved_related():
    list(Boat.objects.select_related("nope"))


def unresolved_prefetch():
    list(Pier.objects.prefetch_related("nope"))


def unresolved_fields_to_save():
    Pier.objects.first().save(update_fields=["nope"])


def mixed_types():
    list(Boat.objects.annotate(x=F("weight") + F("pier__name")).values_list("x"))


def aggregate_of_aggregate():
    Boat.objects.annotate(n=Sum("weight")).annotate(m=Sum("n"))


def sliced():
    Pier.objects.all()[:2].filter(name="a")


def sliced_update():
    Pier.objects.all()[:2].update(name="a")


def negative():
    Pier.objects.all()[-1]


def after_union():
    Pier.objects.union(Pier.objects.all()).filter(name="a")


def distinct_on():
    list(Pier.objects.distinct("name"))


def json_contains():
    list(Pier.objects.filter(notes__contains={"a": 1}))


def number():
    Pier.objects.filter(pk="north")


def number_in_field():
    Pier.objects.create(name="n", depth="deep")


def wrong_instance():
    Boat.objects.filter(pier=Boat())


def wrong_assignment():
    Boat(pier=5)


def wrong_date():
    Pier.objects.filter(built="yesterday").exists()


def naive():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Pier.objects.create(name="naive", built=datetime(2024, 1, 1))


def twice_aware():
    make_aware(datetime(2024, 1, 1, tzinfo=timezone.utc))  # noqa: UP017


def missing():
    Pier.objects.get(name="nowhere")


def several():
    Pier.objects.get(depth__gte=0)


def no_companion():
    _ = Boat.objects.first().papers


def manager_iterated():
    list(Pier.objects.first().guests)


def manager_measured():
    len(Pier.objects.first().guests)


def assigned_to_many():
    Pier.objects.first().guests = []


def not_json():
    json.dumps({"piers": Pier.objects.all()})


def indexed_by_name():
    _ = Pier.objects.all()["name"]


def keyword():
    Pier(nope=1)


def abstract():
    Kept()


def target():
    _ = Lost._meta.get_field("pier").target_field


def on_delete():
    models.ForeignKey("port.Pier")


def invalid_target():
    models.ForeignKey(Pier.objects, models.CASCADE)


def broken_transaction():
    with transaction.atomic():
        with suppress(IntegrityError):
            Pier.objects.create(name="a")
        Pier.objects.count()


def rollback_outside():
    transaction.set_rollback(True)


def commit_inside():
    with transaction.atomic():
        transaction.commit()


def durable_inside():
    with transaction.atomic(), transaction.atomic(durable=True):
        pass


def not_updated():
    pier = Pier.objects.create(name="gone")
    Pier.objects.filter(pk=pier.pk).delete()
    pier.save(update_fields=["depth"])


def forced():
    pier = Pier.objects.create(name="gone as well")
    Pier.objects.filter(pk=pier.pk).delete()
    pier.save(force_update=True)


def protected():
    raise models.ProtectedError("Cannot delete some instances of model", set())


def unsaved_parent():
    Boat(pier=Pier(name="new")).save()


def unsaved_many():
    Pier(name="new").guests.all()


def alias():
    connections["replica"].cursor()


def other_thread():
    found: list[BaseException] = []
    database = connections["default"]

    def use() -> None:
        try:
            database.cursor()
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    raise found[0]


def closed_cursor():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cursor.fetchall()


def in_a_loop():
    async def count() -> int:
        return Pier.objects.count()

    asyncio.run(count())


def coroutine_assigned():
    made = Pier.objects.afirst()
    try:
        Boat(pier=made)
    finally:
        made.close()


def told(error: BaseException) -> dict[str, object]:
    traceback = error.__traceback__
    assert traceback is not None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    file = "/".join(code.co_filename.replace("\\", "/").split("/")[-3:])
    return {
        "type": type(error).__qualname__,
        "module": type(error).__module__,
        "mro": [base.__name__ for base in type(error).__mro__ if base is not object],
        "message": str(error),
        "origin": f"{file}:{getattr(code, 'co_qualname', code.co_name)}",
    }


def main() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Boat)
        editor.create_model(Pier)
        editor.create_model(Papers)
    a, _ = Pier.objects.create(name="a"), Pier.objects.create(name="b")
    Boat.objects.create(pier=a)
    plain = [each for each in globals().items() if type(each[1]) is type(main)]
    for name, refused in plain:
        if refused.__module__ != "__main__" or name in ("main", "told"):
            continue
        try:
            refused()
        except Exception as error:
            print(json.dumps({"name": name, **told(error)}))
        else:
            print(json.dumps({"name": name, "type": "nothing"}))


if __name__ == "__main__":
    sys.exit(main())
