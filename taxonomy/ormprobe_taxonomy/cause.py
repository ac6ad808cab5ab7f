"""A cause: a leaf of the taxonomy, with the rule that finds it and the page that explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case
from ormprobe_taxonomy.terms import Category, Layer, Severity, Subcategory

Rule = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Example:
    """The wrong and the right way for one ORM."""

    orm: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause.

    certain, suggests: the evidence, in words. lookalikes: other causes (or situations) and how
    they are told apart. fixes: per ORM, one sentence each. rule: signals of one outcome to
    findings.
    """

    id: str
    title: str
    category: Category | None
    subcategory: Subcategory | None
    severity: Severity
    layer: Layer
    definition: str
    certain: str
    suggests: str
    lookalikes: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]
    fixes: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    rule: Rule

    def fix(self, orm: str | None) -> str:
        """The fix for an ORM, or the first one where the ORM has none of its own."""
        for name, text in self.fixes:
            if name == orm:
                return text
        return self.fixes[0][1]
