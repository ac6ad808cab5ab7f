"""What a benchmark task's name demands: `{framework}-openapi-{architecture}-{database}-{orm}`."""

from __future__ import annotations

import re

from ormprobe.runs.model import Task

FRAMEWORKS = {
    "flask": "uv",
    "fastapi": "uv",
    "aiohttp": "uv",
    "django": "uv",
    "express": "node",
    "fastify": "node",
    "hono": "node",
    "koa": "node",
}
"""The paper's eight, and the runtime that each has in its folders."""

RUNTIMES = frozenset({"uv", "node", "python", "py", "pip", "bun", "deno", "nodejs"})

_ARCHITECTURES = {"clean_architecture": "clean_architecture"}
_DATABASES = {
    "sqlite": "sqlite",
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
}
_ORMS = {
    "sqlalchemy": "sqlalchemy",
    "sequelize": "sequelize",
    "peewee": "peewee",
    "tortoise": "tortoise",
    "django_orm": "django",
    "sqlmodel": "sqlmodel",
    "prisma": "prisma",
    "typeorm": "typeorm",
    "drizzle": "drizzle",
    "mongoose": "mongoose",
}


def task_of(name: str, runtime: str | None = None) -> Task:
    """The demands of a task. runtime: as the run's path has it, else the framework's own.

    Words that are not known demand nothing. A clean architecture may be written with a hyphen.
    """
    words = re.sub(r"clean[-_ ]architecture", "clean_architecture", name.lower()).split("-")
    framework = next((word for word in words if word in FRAMEWORKS), None)
    architecture = _first(words, _ARCHITECTURES)
    database = _first(words, _DATABASES)
    orm = _first(words, _ORMS)
    return Task(
        framework=framework,
        runtime=runtime or (FRAMEWORKS[framework] if framework is not None else None),
        architecture=architecture,
        database=database,
        orm=orm,
        level=sum(one is not None for one in (architecture, database, orm)),
    )


def _first(words: list[str], known: dict[str, str]) -> str | None:
    return next((known[word] for word in words if word in known), None)
