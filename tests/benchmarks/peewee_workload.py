"""Operations of a small Peewee app, timed in blocks on request."""

from __future__ import annotations

import sys

from blocks import serve  # a script: its folder is on the path
from peewee import CharField, IntegerField, Model, SqliteDatabase

ROWS = 200
LISTED = 50

database = SqliteDatabase(None)


class Parcel(Model):
    code = CharField()
    city = CharField()
    weight = IntegerField()
    note = CharField()

    class Meta:
        database = database


def main(path: str) -> None:
    # without waiting for the disk at a commit: that would hide us
    database.init(path, pragmas={"synchronous": 0, "journal_mode": "memory"})
    database.connect()
    database.create_tables([Parcel])
    with database.atomic():
        for number in range(ROWS):
            Parcel.create(
                code=f"P{number:05}", city=f"city {number % 7}", weight=number, note="n" * 20
            )
    kept = Parcel.get_by_id(1)

    def get(number: int) -> None:
        Parcel.get_by_id(number % ROWS + 1)

    def list_50(number: int) -> None:
        list(Parcel.select().order_by(Parcel.id).limit(LISTED))

    def save(number: int) -> None:
        kept.weight = number
        kept.save()

    def atomic(number: int) -> None:
        with database.atomic():
            kept.save()

    serve({"get": get, "list": list_50, "save": save, "atomic": atomic})


if __name__ == "__main__":
    main(sys.argv[1])
