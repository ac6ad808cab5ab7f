"""What makes an answer's objects, found by the keys that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.answer_keys import folded, holding, lacking, mistaken

MODELS = """\
class Loan(Base):
    id: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column()
    due_on: Mapped[date] = mapped_column()
"""
SCHEMAS = """\
class LoanOut(BaseModel):
    id: int
    title: str

class LoanIn(BaseModel):
    title: str
    due_on: date
"""
SERIALIZERS = """\
class LoanSerializer(ModelSerializer):
    class Meta:
        model = Loan
        fields = [
            "id",
            "title",
        ]
"""
PRESENT = """\
def card(loan):
    return {"id": loan.id, "title": loan.title}

def swapped(loan):
    return dict(id=loan.id,
        title=loan.shelf)
"""


def source(folder: Path, **files: str) -> Source:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return Source(folder)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("createdAt", "created_at", True),
        ("CREATED_AT", "createdAt", True),
        ("image_", "image", False),
        ("_id", "id", False),
    ],
)
def test_names_are_one_whatever_their_spelling(one: str, other: str, same: bool) -> None:
    assert (folded(one) == folded(other)) is same


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("schemas", SCHEMAS, ("schemas.py", 3, "LoanOut")),
        ("serializers", SERIALIZERS, ("serializers.py", 6, "LoanSerializer.Meta")),
        ("present", PRESENT, ("present.py", 2, "card")),
    ],
)
def test_what_lacks_a_key_is_pointed_at_beside_the_column_before(
    tmp_path: Path, name: str, text: str, place: tuple[str, int, str]
) -> None:
    files = {"models": MODELS, name: text.replace("loan.shelf", "loan.id")}
    found = lacking(source(tmp_path, **files), ["id", "title"], "dueOn", ["id", "title", "due_on"])

    assert (found[0].path, found[0].line, found[0].function) == place
    assert all(each.path != "models.py" for each in found)


def test_a_key_that_shows_another_column(tmp_path: Path) -> None:
    app = source(tmp_path, models=MODELS, present=PRESENT)

    assert [(each.line, each.function) for each in mistaken(app, "title", "shelf")] == [
        (6, "swapped")
    ]
    assert mistaken(app, "title", "id") == []


def test_of_equals_a_dict_comes_before_a_call(tmp_path: Path) -> None:
    app = source(tmp_path, present=PRESENT)

    assert [each.function for each in holding(app, ["id", "title"], "title")] == ["card"]


def test_objects_of_other_keys_are_left_alone(tmp_path: Path) -> None:
    app = source(tmp_path, present=PRESENT, schemas=SCHEMAS)

    assert lacking(app, ["message", "code", "detail"], "due_on", ()) == []
    assert holding(app, ["message"], "title") == []
