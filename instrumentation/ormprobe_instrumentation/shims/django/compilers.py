"""Django's SQL compilers, which are loaded with the first backend."""

from __future__ import annotations

from .rows import install_compiler as install

__all__ = ["NAME", "ROLE", "TRIGGER", "install"]

NAME = "django.compilers"
ROLE = "orm"
TRIGGER = "django.db.models.sql.compiler"
