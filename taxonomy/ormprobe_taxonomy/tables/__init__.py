"""The exception tables, per library; `TABLES` in the order in which they are asked."""

from ormprobe_taxonomy.exceptions import Row
from ormprobe_taxonomy.tables import django, drivers, node, peewee, python, sqlalchemy, tortoise

TABLES: tuple[tuple[Row, ...], ...] = (
    drivers.ROWS,
    sqlalchemy.ROWS,
    django.ROWS,
    peewee.ROWS,
    tortoise.ROWS,
    python.ROWS,
    node.ROWS,
)
