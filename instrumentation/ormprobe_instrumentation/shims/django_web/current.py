"""The request that runs here, as threads and tasks of it inherit it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Optional

from .requests import Request

current: ContextVar[Optional[Request]] = ContextVar("ormprobe_django", default=None)
