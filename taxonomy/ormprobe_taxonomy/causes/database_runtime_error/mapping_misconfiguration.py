"""A model or relation is declared wrongly, or code uses what the mapping does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ormprobe_taxonomy.blame import HANDLED, blamed, certainty_of, finding, set_up_in, weaker
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, Raised
from ormprobe_taxonomy.signals.refusals import MappingDeclared, ObjectMisused, ValueUnmapped
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Link, Severity, Subcategory

ID = "mapping-misconfiguration"


def rule(case: Case) -> Iterator[Finding]:
    for error in blamed(case, ID):
        declared = case.about(MappingDeclared, error.key)
        misused = case.about(ObjectMisused, error.key)
        plain = error.type in ("AttributeError", "TypeError")
        wanted = misused is not None or (plain and _variant(error) == "unmapped-class")
        found = finding(
            case,
            error,
            declared,
            misused,
            place=declared.place if declared is not None else None,
            at_most=Certainty.LIKELY if wanted else Certainty.CERTAIN,
            needs="proof that a mapped attribute or object was meant" if wanted else None,
        )
        yield replace(found, carriers=(set_up_in(error),))

    if case.failing:
        for signal in case.signals:
            if isinstance(signal, ValueUnmapped):
                yield from _unmapped(case, signal)


def _unmapped(case: Case, signal: ValueUnmapped) -> Iterator[Finding]:
    """A value that was given by a name which the model lacks, and was missed for it."""
    refused = next((error for error in case.raised() if error.key == signal.error), None)
    if refused is not None:
        if refused.link is Link.NONE or refused.fate in HANDLED:
            return
        sure = Certainty.CERTAIN if signal.meant else Certainty.LIKELY
        certainty = weaker(certainty_of(refused), sure)
    elif signal.wanted:
        certainty = Certainty.CERTAIN if signal.meant else Certainty.LIKELY
    else:
        certainty = Certainty.SUSPECTED
    yield Finding(
        cause=ID,
        outcome=case.outcome,
        severity=Severity.FAILURE,
        certainty=certainty,
        place=signal.place or (refused.place if refused is not None else None),
        at_us=signal.at_us,
        evidence=(signal, refused) if refused is not None else (signal,),
        variant="unmapped-attribute",
        errors=(refused.key,) if refused is not None else (),
        tables=refused.writes if refused is not None else (),
        needs="a failing check on the value that was given",
    )


def _variant(error: Raised) -> str | None:
    return error.reading.variant if error.reading is not None else None


CAUSE = Cause(
    id=ID,
    title="A model is declared wrongly, or code uses what no mapping has",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
    severity=Severity.FAILURE,
    layer=Layer.MAPPING,
    definition=(
        "The definition of a mapped class or relation is invalid, so that mappers cannot be "
        "configured, or code uses a class, attribute or keyword that the mapping lacks."
    ),
    certain=(
        "The ORM refused the declaration by name while it configured its mappers or made the "
        "class, or it refused a class, instance or keyword that is not mapped. Later errors of the "
        "same mapper ('One or more mappers failed to initialize') only repeat the first."
    ),
    suggests="An attribute that is read on a mapped object and that its class does not have.",
    lookalikes=(
        ("unresolved-reference", "the mapping is whole, a query names what is not in its scope"),
        ("schema-model-drift", "the mapping is whole, the database's table differs"),
        ("data-layer-code-error", "a method or a plain class is at fault, not a mapped attribute"),
        ("result-cardinality-mismatch", "None was given to the session: no row had been found"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong=(
                "class Pier(Base):\n"
                "    ferries = relationship('Ferry', back_populates='dock')\n\n"
                "class Ferry(Base):\n"
                "    pier = relationship('Pier', back_populates='ferries')"
            ),
            right=(
                "class Pier(Base):\n"
                "    ferries = relationship('Ferry', back_populates='pier')\n\n"
                "class Ferry(Base):\n"
                "    pier = relationship('Pier', back_populates='ferries')"
            ),
        ),
        Example(
            orm="django",
            wrong=(
                "class Ferry(models.Model):\n"
                "    dock = models.ForeignKey('harbour.Peer', on_delete=models.CASCADE)"
            ),
            right=(
                "class Ferry(models.Model):\n"
                "    dock = models.ForeignKey('harbour.Pier', on_delete=models.CASCADE)"
            ),
        ),
        Example(
            orm="peewee",
            wrong="Ferry.create(nmae='Skua')  # the field is name",
            right="Ferry.create(name='Skua')",
        ),
        Example(
            orm="tortoise",
            wrong="pier = fields.ForeignKeyField('models.Peer', related_name='ferries')",
            right="pier = fields.ForeignKeyField('models.Pier', related_name='ferries')",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Correct the declaration that the error names (class names, back_populates, "
            "ForeignKey, foreign_keys), import every model before the first use, call "
            "configure_mappers() in a test, and give constructors mapped attributes only.",
        ),
        (
            "django",
            "Correct the declaration that manage.py check names (related_name, ForeignKey target, "
            "app label in INSTALLED_APPS), import models after django.setup(), and give "
            "constructors fields only.",
        ),
        (
            "peewee",
            "Correct the declaration (field names, backref, DeferredForeignKey, Meta.database), "
            "and give create() and constructors the names of fields only: others are accepted and "
            "lost.",
        ),
        (
            "tortoise",
            "Correct the declaration (the 'app.Model' of a ForeignKeyField, related_name, the "
            "modules given to Tortoise.init), and give create() the names of fields only: others "
            "are dropped silently.",
        ),
    ),
    references=(
        "https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html",
        "https://sqlalche.me/e/20/zlpr",
    ),
    rule=rule,
)
