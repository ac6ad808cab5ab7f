"""Where a connection was closed that a session had handed to the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
from models import *
seed()

def handed_on(how):
    session = make_session()
    connection = session.connection()
    connection.execute(text("SELECT 1"))
    if how == "committed":
        session.commit()  # here: committed
    else:
        session.close()  # here: closed
    try:
        connection.execute(text("SELECT 2"))
    except exc.ResourceClosedError:
        pass

handed_on("committed")
handed_on("closed")
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    folder: Path = tmp_path_factory.mktemp("closings")
    return trace(folder, PROGRAM)


def test_the_end_of_the_session_is_where_it_was_closed(program: Traced) -> None:
    found = program.child.of("error", type="ResourceClosedError")

    lines = [program.child.site(error["closed"]["site"])[1] for error in found]
    assert lines == [program.line("committed"), program.line("closed")]
