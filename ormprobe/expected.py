"""What a user declares of the app's data layer: options, or keys of the configuration."""

from __future__ import annotations

from dataclasses import dataclass

ORMS = ("sqlalchemy", "django", "peewee", "tortoise")
DATABASES = ("sqlite", "postgresql", "mysql", "mariadb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The ORM that the app must use and the database it must use; None where not declared."""

    orm: str | None = None
    database: str | None = None

    def over(self, other: Expected) -> Expected:
        """These declarations, and another's where these have none."""
        return Expected(orm=self.orm or other.orm, database=self.database or other.database)


_ALIKE = (frozenset(("mysql", "mariadb")),)  # a driver of one connects to the other


def is_other(system: str, declared: str) -> bool:
    """Whether a database system is not the declared one."""
    return system != declared and not any({system, declared} <= group for group in _ALIKE)


NOTHING = Expected()
