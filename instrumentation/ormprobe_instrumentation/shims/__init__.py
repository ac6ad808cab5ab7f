"""The shims, in the order in which they are offered to a target's imports."""

from __future__ import annotations

from typing import Tuple

from ..shim import Shim
from . import flask, pytest, sqlalchemy, unittest
from .sqlalchemy import orm as sqlalchemy_orm

SHIMS: Tuple[Shim, ...] = (sqlalchemy, sqlalchemy_orm, pytest, unittest, flask)
