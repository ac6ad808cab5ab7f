"""Fixtures that Tortoise's own tests ask for; its source distribution leaves them out."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest_asyncio
from tortoise.context import TortoiseContext, tortoise_test_context

URL = os.environ.get("TORTOISE_TEST_DB", "sqlite://:memory:")


async def _database() -> AsyncIterator[TortoiseContext]:
    async with tortoise_test_context(
        ["tests.testmodels"], URL, app_label="models", connection_label="models"
    ) as context:
        yield context


db = pytest_asyncio.fixture(_database, name="db")
db_simple = pytest_asyncio.fixture(_database, name="db_simple")
db_isolated = pytest_asyncio.fixture(_database, name="db_isolated")
db_truncate = pytest_asyncio.fixture(_database, name="db_truncate")
