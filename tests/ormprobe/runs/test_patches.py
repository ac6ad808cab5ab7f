"""Patches: what diffs add, what source shows, and the static verifiers' answers."""

import subprocess
from pathlib import Path

import pytest

from ormprobe.document import Constraints, DatabaseConstraint, LayersConstraint, OrmConstraint
from ormprobe.errors import UnreadableError
from ormprobe.runs import patches
from ormprobe.runs.diffs import Added, added_lines
from ormprobe.runs.layers import layer_of_file
from ormprobe.runs.manifests import installed, required
from ormprobe.runs.model import Answer, Patch, Task
from ormprobe.runs.patches import read_patch
from ormprobe.runs.routes import ScriptRoutes, python_routes
from ormprobe.runs.tasks import task_of
from ormprobe.runs.verifiers import against_trace

CLEAN = task_of("flask-openapi-clean_architecture-sqlite-sqlalchemy")
LAYERED = {
    "app/models/user.py": "from sqlalchemy.orm import mapped_column\nid = mapped_column(int)\n",
    "app/repositories/users.py": "from app.models.user import User\n",
    "app/services/users.py": "from ..repositories.users import Users\n",
    "app/routes/users.py": "from app.services import users\n@bp.get('/users')\ndef all(): ...\n",
    "app/db.py": "from sqlalchemy import create_engine\nengine = create_engine('sqlite:///a.db')\n",
}


def patch_of(files: dict[str, str]) -> str:
    """A patch as git writes it that adds files."""
    text = ""
    for path, content in files.items():
        lines = content.splitlines()
        text += f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        text += f"@@ -0,0 +1,{len(lines)} @@\n" + "".join(f"+{line}\n" for line in lines)
    return text


def read(folder: Path, files: dict[str, str], task: Task | None = None) -> Patch:
    path = folder / "a.patch"
    path.write_text(patch_of(files))
    return read_patch(path, task)


def answer(patch: Patch, question: str) -> Answer:
    return next(one for one in patch.answers if one.question == question)


def git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.hooksPath=", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_what_git_writes_is_read(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "größe").mkdir(parents=True)
    (work / "größe" / "a b.py").write_text("import flask\n+++ b/fake.py\n@@ -0,0 +1,9 @@\n")
    (work / "kept.py").write_text("".join(f"line {n}\n" for n in range(30)))
    (work / "gone.py").write_text("import peewee\n")
    (work / "moved.py").write_text("same\n" * 20)
    (work / "image.png").write_bytes(bytes(range(256)) * 20)
    git(work, "init", "-q", ".")
    git(work, "add", "kept.py", "gone.py", "moved.py")
    git(work, "-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "first")
    (work / "kept.py").write_text(
        "".join(f"line {n}\n" for n in range(30)).replace("line 20\n", "line 20\nimport redis\n")
    )
    (work / "gone.py").unlink()
    (work / "moved.py").rename(work / "to.py")
    (work / "empty.py").touch()
    git(work, "add", "-A")
    path = tmp_path / "a.patch"
    path.write_bytes(git(work, "diff", "--cached", "--binary", "-M"))

    found = read_patch(path)

    assert set(found.files) == {"größe/a b.py", "kept.py", "to.py", "image.png", "empty.py"}
    assert found.imports == {"flask", "redis"}
    assert found.added_lines == 4
    lines = list(added_lines(enumerate(path.read_text().split("\n"), 1)))
    assert Added("kept.py", 22, "import redis") in lines


def test_what_diff_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.diff"
    path.write_bytes(
        b"diff -urN old/x.py new/x.py\r\n--- old/x.py\t2026-01-01\r\n+++ b/x.py\t2026-01-02\r\n"
        b"@@ -1 +1,2 @@\r\n-a\r\n+import flask\r\n+b = '\xff\xfe'\r\n"
        b"\\ No newline at end of file\r\n"
    )

    found = read_patch(path)

    assert (found.files, found.added_lines, found.imports) == (("x.py",), 2, {"flask"})


def test_a_carriage_return_within_a_line_ends_no_line(tmp_path: Path) -> None:
    path = tmp_path / "a.patch"
    path.write_text(patch_of({"a.py": "import flask\nBAR\nimport redis\n"}).replace("BAR", "a\rb"))

    found = read_patch(path)

    assert (found.added_lines, found.imports) == (3, {"flask", "redis"})


def test_a_torn_hunk_costs_that_hunk(tmp_path: Path) -> None:
    path = tmp_path / "a.patch"
    whole = patch_of({"a.py": "import flask\nx\ny\n"})
    path.write_text(whole.replace("+x\n+y\n", "") + patch_of({"b.py": "import redis\n"}))

    found = read_patch(path)

    assert found.files == ("a.py", "b.py")
    assert found.imports == {"flask", "redis"}


def test_what_was_installed_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.patch"
    path.write_text(
        patch_of(
            {
                "node_modules/pg/index.js": "require('net')\n",
                "x/.venv/lib/a.py": "import os\n",
                "app.js": "const Koa = require('koa')\n",
            }
        )
    )
    notes: list[str] = []

    found = read_patch(path, None, notes)

    assert (found.files, found.imports) == (("app.js",), {"koa"})
    assert notes == ["a.patch: 2 installed or built files were left out"]


def test_a_patch_without_files_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.patch"
    for content in (b"", b"nothing\n", bytes(range(256)) * 1_000):
        path.write_bytes(content)

        found = read_patch(path, CLEAN)

        assert [(one.question, one.holds) for one in found.answers] == [("files", False)]
    with pytest.raises(UnreadableError):
        read_patch(tmp_path)


def test_a_patch_that_is_too_large_tells_no_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "MAX_CHARACTERS", 500)

    found = read(tmp_path, {f"m{n}.py": "import os\n" for n in range(50)}, CLEAN)

    assert found.cut
    assert 0 < len(found.files) < 50
    assert [one.holds for one in found.answers if one.question != "files"] == [None] * 4


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("@app.route('/users', methods=['GET'])", 1),
        ("    @router.get('/users/{id}')", 1),
        ("@routes.view('/x')", 1),
        ("app.router.add_get('/x', handler)", 1),
        ("    web.post('/x', handler),", 1),
        ("    path('users/', views.users), path('x', views.x),", 2),
        ("    re_path(r'^x$', view),", 1),
        ("    path('api/', include('api.urls')),", 0),
        ("router.register('users', UserViewSet)", 1),
        ("os.path('x')", 0),
        ("client.get('/x')", 0),
        ("@property", 0),
    ],
)
def test_routes_of_python_are_counted(line: str, count: int) -> None:
    assert python_routes(line) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("app.get('/users', h);", 1),
        ("router.post(`/users`, h); router.del('/x', h)", 2),
        ("fastify.get<{ Params: P }>('/x/:id', h)", 1),
        ("fastify.route({ method: 'GET', url: '/x' })", 1),
        ("app.on('GET', '/x', h)", 1),
        ("router.route('/x').get(a).put(b)", 2),
        ("router.route('/x')\n  .get(a)\n  .post(b);\ndb\n  .delete(users)", 2),
        ("usersRouter.get(\n  '/x',", 1),
        ("router.get('', h)", 1),
        ("axios.get('/x'); cache.get('x'); map.get(\n", 0),
        ("const x = req.body;", 0),
    ],
)
def test_routes_of_scripts_are_counted(text: str, count: int) -> None:
    routes = ScriptRoutes()

    assert sum(routes.count(line) for line in text.split("\n")) == count


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "requirements.txt",
            "# web\nFlask>=3\npsycopg2_binary==2.9 ; x\n-r other.txt\nuvicorn[standard]\n",
            {"flask", "psycopg2-binary", "uvicorn"},
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["SQLAlchemy[asyncio]>=2"]\n[dependency-groups]\nd = ["x"]',
            {"sqlalchemy", "x"},
        ),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "3"\npeewee = "*"', {"peewee"}),
        ("pyproject.toml", 'dependencies = [\n  "flask>=3",\n', {"flask"}),
        (
            "package.json",
            '{"name":"x","version":"1.0.0","dependencies":{"@hono/x":"^1","pg":"8"}}',
            {"@hono/x", "pg"},
        ),
        ("package.json", '    "koa": "^2.15.0",\n    "main": "index.js",\n', {"koa"}),
        ("setup.py", "install_requires=['flask>=1', 'x y z']", {"flask"}),
    ],
)
def test_manifests_ask_for_packages(path: str, text: str, names: set[str]) -> None:
    assert required(path, text) == names


def test_scripts_install_packages() -> None:
    assert installed("RUN pip install -q -r req.txt flask==3 'sqlalchemy>=2' && x") == {
        "flask",
        "sqlalchemy",
    }
    assert installed("npm install --save @koa/router@12 koa@2") == {"@koa/router", "koa"}
    assert installed("pip list") == frozenset()


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("app/models/user.py", "models"),
        ("src/domain/entities/Article.ts", "models"),
        ("src/repositories/index.js", "repositories"),
        ("articles/user_repository.py", "repositories"),
        ("src/userService.js", "services"),
        ("src/use_cases/create_user.py", "services"),
        ("src/application/create_use_case.py", "services"),
        ("src/routes/user.routes.js", "routes"),
        ("blog/views.py", "routes"),
        ("api/models/user.py", "models"),
        ("api/x.py", "routes"),
        ("main.py", None),
        ("app/db.py", None),
    ],
)
def test_names_tell_layers(path: str, layer: str | None) -> None:
    assert layer_of_file(path) == layer


def test_a_layered_app_holds_what_was_demanded(tmp_path: Path) -> None:
    found = read(tmp_path, LAYERED, CLEAN)

    assert [(one.question, one.holds) for one in found.answers] == [
        ("files", True),
        ("layers", True),
        ("dependencies", True),
        ("database", True),
        ("orm", True),
    ]
    assert answer(found, "database").lines == (
        "app/db.py:2: engine = create_engine('sqlite:///a.db')",
    )
    assert found.imports == {"sqlalchemy"}
    assert found.routes == 1


def test_nothing_is_judged_that_was_not_demanded(tmp_path: Path) -> None:
    found = read(tmp_path, LAYERED)

    assert [one.holds for one in found.answers if one.question != "files"] == [None] * 4
    assert answer(found, "orm").found == ("sqlalchemy",)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/models/user.py", "from app.services.users import Users"),
        ("app/repositories/users.py", "from ..routes import users"),
        ("src/models/user.js", "import { x } from '../services/userService.js';"),
        ("src/services/user.ts", "const r = require('../routes/user')"),
    ],
)
def test_an_import_that_goes_outwards_is_shown(tmp_path: Path, path: str, line: str) -> None:
    found = answer(read(tmp_path, {**LAYERED, path: line}, CLEAN), "dependencies")

    assert found.holds is False
    assert found.lines == (f"{path}:1: {line}",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/models/view.py", "from flask.views import View"),
        ("app/models/user.py", "if TYPE_CHECKING:\n    from app.services.users import Users"),
        ("src/models/user.ts", "import type { X } from '../services/user'"),
        ("app/main.py", "from app.routes import users"),
        ("tests/models/test_user.py", "from app.routes import users"),
    ],
)
def test_other_imports_cross_nothing(tmp_path: Path, path: str, text: str) -> None:
    files = {name: content for name, content in LAYERED.items() if name != path}

    assert answer(read(tmp_path, {**files, path: text}, CLEAN), "dependencies").holds is True


def test_missing_layers_are_named(tmp_path: Path) -> None:
    found = answer(read(tmp_path, {"app/models.py": "x", "app/views.py": "x"}, CLEAN), "layers")

    assert (found.holds, found.found) == (False, ("models", "routes"))
    assert found.says.endswith("repositories and services have none")


@pytest.mark.parametrize(
    ("files", "holds", "names"),
    [
        ({"a.py": "x = 'sqlite:///a'"}, True, ("sqlite",)),
        ({"a.py": "x = 'postgresql+asyncpg://h/d'"}, False, ("postgresql",)),
        ({"a.py": "x = 'sqlite:///a'\ny = 'postgres://h/d'"}, None, ("postgresql", "sqlite")),
        ({"a.py": "# sqlite:///a"}, False, ()),
        ({"a.py": "x = 1", "README.md": "sqlite:///a"}, False, ()),
        ({"a.py": "x = 1", "tests/test_a.py": "x = 'sqlite:///a'"}, False, ()),
        ({"a.py": "import sqlite3"}, None, ("sqlite",)),
        ({"a.py": "import asyncpg"}, False, ("postgresql",)),
        ({"a.py": "x = 1", "requirements.txt": "aiosqlite"}, None, ("sqlite",)),
        ({"a.js": "const {Pool} = require('pg')\nnew Pool({})"}, False, ("postgresql",)),
        ({"a.js": "new Pool({})"}, False, ()),
        (
            {"a.js": "import D from 'better-sqlite3'\nconst d = new Database('a')"},
            True,
            ("sqlite",),
        ),
        ({"a.js": "const d = new Sequelize({ dialect: 'sqlite' })"}, True, ("sqlite",)),
        ({"a.py": "x = 1", ".env": "DATABASE_URL=sqlite:///a"}, True, ("sqlite",)),
        ({"s.py": "'ENGINE': 'django.db.backends.sqlite3'"}, True, ("sqlite",)),
    ],
)
def test_the_database_is_the_one_that_is_connected(
    tmp_path: Path, files: dict[str, str], holds: bool | None, names: tuple[str, ...]
) -> None:
    found = answer(read(tmp_path, files, Task(database="sqlite", level=1)), "database")

    assert (found.holds, found.found) == (holds, names)


@pytest.mark.parametrize(
    ("files", "holds", "says"),
    [
        ({"a.py": "from sqlalchemy import create_engine\ncreate_engine(u)"}, True, "is used"),
        ({"a.py": "x = 1", "requirements.txt": "sqlalchemy"}, False, "imported nowhere"),
        ({"a.py": "# uses sqlalchemy\nx = 'sqlalchemy'"}, False, "no ORM is imported"),
        ({"a.py": "import sqlalchemy"}, None, "no use of it was found"),
        (
            {"a.py": "from django.db import models\nclass A(models.Model): ..."},
            False,
            "Django's ORM is used",
        ),
        (
            {
                "a.py": "from sqlalchemy import create_engine\ncreate_engine(u)",
                "b.py": "from django.db import models\nclass A(models.Model): ...",
            },
            None,
            "Django's ORM and SQLAlchemy are used",
        ),
        (
            {
                "a.py": "from sqlalchemy import create_engine\ncreate_engine(u)",
                "b.py": "import sqlite3\nsqlite3.connect('x')",
            },
            None,
            "by hand too",
        ),
    ],
)
def test_the_orm_is_the_one_that_is_used(
    tmp_path: Path, files: dict[str, str], holds: bool | None, says: str
) -> None:
    found = answer(read(tmp_path, files, Task(orm="sqlalchemy", level=1)), "orm")

    assert found.holds is holds
    assert says in found.says


def test_what_the_run_did_decides_and_the_disagreement_is_said(tmp_path: Path) -> None:
    answers = read(tmp_path, LAYERED, CLEAN).answers
    seen = Constraints(
        orm=OrmConstraint(observed="sqlalchemy", share_through_orm=0.5),
        database=DatabaseConstraint(observed="postgresql"),
        layers=LayersConstraint(violations=()),
    )

    after = {one.question: one for one in against_trace(answers, seen)}

    assert (after["database"].holds, after["database"].disagrees) == (False, True)
    assert after["database"].says == (
        "the run was connected to PostgreSQL; but by the patch SQLite is configured"
    )
    assert (after["orm"].holds, after["orm"].disagrees) == (False, True)
    assert "for 50% of its statements" in after["orm"].says
    assert (after["dependencies"].holds, after["dependencies"].disagrees) == (True, False)
    assert after["layers"] == answers[1]


def test_a_run_that_tells_nothing_leaves_the_answers(tmp_path: Path) -> None:
    answers = read(tmp_path, LAYERED, CLEAN).answers

    assert against_trace(answers, Constraints()) == answers


def test_a_run_settles_what_the_patch_leaves_open(tmp_path: Path) -> None:
    files = {"a.py": "x = 'sqlite:///a'\ny = 'postgres://h/d'"}
    answers = read(tmp_path, files, Task(database="sqlite", level=1)).answers
    seen = Constraints(database=DatabaseConstraint(observed="sqlite"))

    [found] = [one for one in against_trace(answers, seen) if one.question == "database"]

    assert (found.holds, found.disagrees) == (True, False)
