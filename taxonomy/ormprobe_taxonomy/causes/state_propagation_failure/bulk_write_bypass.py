"""A set-based write passed by what the class maintains when an instance is saved."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, HookBypassed
from ormprobe_taxonomy.silence import is_undisturbed
from ormprobe_taxonomy.terms import Category, Certainty, Layer, Severity, Subcategory

ID = "bulk-write-bypass"


def rule(case: Case) -> Iterator[Finding]:
    if not is_undisturbed(case):
        return
    for signal in case.signals:
        if isinstance(signal, HookBypassed) and not signal.harness:
            yield Finding(
                cause=ID,
                outcome=case.outcome,
                severity=Severity.FAILURE,
                certainty=Certainty.LIKELY,
                place=signal.place,
                at_us=signal.at_us,
                evidence=(signal,),
                tables=signal.tables,
                needs="the value that the class would have given the column",
            )


CAUSE = Cause(
    id=ID,
    title="A bulk write passed by what the model does on save",
    category=Category.LOGIC_ERROR,
    subcategory=Subcategory.STATE_PROPAGATION_FAILURE,
    severity=Severity.FAILURE,
    layer=Layer.WRITE,
    definition=(
        "A model keeps a column up to date in its save(), in a validator, with auto_now or in a "
        "signal's receiver. A set-based UPDATE or INSERT runs none of these, and does not set the "
        "column itself."
    ),
    certain="Nothing yet: what the class would have written is not computed.",
    suggests=(
        "An UPDATE or a bulk INSERT of a class whose own code maintains a column on save, which "
        "the statement leaves out, the table was read afterwards, and the failing check names "
        "that column."
    ),
    lookalikes=(
        ("stale-state-after-write", "the row is right, and an older instance was answered"),
        ("write-never-emitted", "the column was set on an instance, and its save left it out"),
        ("a bulk write of other columns", "the maintained column does not depend on them"),
    ),
    examples=(
        Example(
            orm="sqlalchemy",
            wrong="session.execute(update(Page).where(Page.id == id).values(title=title))",
            right="page = session.get(Page, id)\npage.title = title",
        ),
        Example(
            orm="django",
            wrong="Page.objects.filter(id=id).update(title=title)",
            right="page = Page.objects.get(id=id)\npage.title = title\npage.save()",
        ),
        Example(
            orm="peewee",
            wrong="Page.update(title=title).where(Page.id == id).execute()",
            right="page = Page.get_by_id(id)\npage.title = title\npage.save()",
        ),
        Example(
            orm="tortoise",
            wrong="await Page.filter(id=id).update(title=title)",
            right="page = await Page.get(id=id)\npage.title = title\nawait page.save()",
        ),
    ),
    fixes=(
        (
            "sqlalchemy",
            "Change the loaded instances, or set the maintained column in the statement, too.",
        ),
        (
            "django",
            "Save each instance, or name the maintained columns in update(); bulk_create() calls "
            "neither save() nor signals.",
        ),
        (
            "peewee",
            "Save each instance, or name the maintained columns in update() and insert_many().",
        ),
        (
            "tortoise",
            "Save each instance, or name the maintained columns in update(); it skips auto_now.",
        ),
    ),
    references=(
        "https://docs.djangoproject.com/en/stable/ref/models/querysets/#update",
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html",
    ),
    rule=rule,
)
