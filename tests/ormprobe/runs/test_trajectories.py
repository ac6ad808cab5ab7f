"""Trajectories: the forms that agents write, and how a run of theirs ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.runs import turns
from ormprobe.runs.trajectories import read_trajectory, trajectory_of

ASKED = {
    "role": "user",
    "content": "Build it. Your limits: 3 steps. Then echo COMPLETE_TASK_AND_SUBMIT",
}
LISTED = {"role": "assistant", "content": "THOUGHT: look\n\n```bash\nls -la\n```"}
AGAIN = {"role": "assistant", "content": "THOUGHT: once more\n\n```bash\nls   -la\n```"}
RESULT = {"role": "user", "content": "<returncode>0</returncode>\n<output>\na b\n</output>"}
DONE = {
    "role": "assistant",
    "content": "Done.\n\n```bash\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\n```",
}
EMPTY = {"role": "user", "content": ""}


def write(folder: Path, content: Any) -> Path:
    path = folder / "x.trajectory.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


MESSAGES = [ASKED, LISTED, RESULT, AGAIN, RESULT, DONE]


@pytest.mark.parametrize(
    "content",
    [
        MESSAGES,
        {"messages": MESSAGES},
        {"trajectories": MESSAGES},
        {"trajectory": MESSAGES, "messages": None},
        {"history": MESSAGES, "other": {"a": [1]}},
        {"trajectories": [[ASKED], MESSAGES]},
        {"trajectories": [{"messages": [ASKED]}, {"id": 2, "messages": MESSAGES}]},
        "\n\n".join(f"[{turn['role']}]\n{turn['content']}" for turn in MESSAGES),
        "\n".join(f"[{turn['role']}]\n{turn['content']}\n" for turn in MESSAGES) + "\n",
    ],
)
def test_turns_are_found_where_agents_put_them(tmp_path: Path, content: Any) -> None:
    found = read_trajectory(write(tmp_path, content))

    assert (found.turns, found.repeats, found.submitted) == (6, 2, True)
    assert not found.limit_reached
    assert not found.cut
    assert (found.last[0].role, found.last[0].text) == ("user", ASKED["content"])


def test_content_may_come_in_parts(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    called = {"type": "tool_use", "name": "submit", "input": {}}
    call = {"function": {"name": "finish", "arguments": '{"x": 1}'}}
    content = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "assistant", "content": [called]},
    ]

    found = read_trajectory(write(tmp_path, content))

    assert found.last[0].text == "a\nb"
    assert '{"x": 1}' in found.last[1].text
    assert found.submitted is True
    assert read_trajectory(write(tmp_path, content[:2])).submitted is True


def test_steps_are_turns(tmp_path: Path) -> None:
    step = {"thought": "t", "action": "ls", "observation": "a", "response": "t ls"}

    found = read_trajectory(
        write(
            tmp_path, {"trajectory": [step] * 4, "info": {"exit_status": "submitted (exit_cost)"}}
        )
    )

    assert (found.turns, found.repeats, found.submitted, found.limit_reached) == (8, 4, True, True)


@pytest.mark.parametrize(
    ("ending", "submitted", "limit"),
    [
        ([DONE], True, False),
        ([DONE, EMPTY], True, False),
        ([DONE, {"role": "user", "content": "diff --git a/x b/x"}], True, False),
        ([DONE, {"role": "user", "content": "<returncode>-15</returncode>"}], False, False),
        ([DONE, RESULT, AGAIN], False, False),
        ([LISTED, RESULT], False, False),
        ([LISTED, RESULT, EMPTY], False, True),
        ([LISTED, {"role": "exit", "content": "LimitsExceeded"}], False, True),
        (
            [LISTED, {"role": "user", "content": "This model's maximum context length is 9"}],
            False,
            True,
        ),
        ([LISTED, {"role": "system", "content": "Step limit reached."}], False, True),
        (
            [LISTED, {"role": "user", "content": "You reached the maximum number of turns"}],
            False,
            True,
        ),
        (
            [LISTED, {"role": "user", "content": "<output>token limit exceeded</output>"}],
            False,
            False,
        ),
        ([LISTED, {"role": "user", "content": "rate limit exceeded"}], False, False),
        (
            [{"role": "assistant", "content": "Later I submit. Context limit reached?"}],
            False,
            False,
        ),
    ],
)
def test_how_it_ended(
    tmp_path: Path, ending: list[dict[str, str]], submitted: bool, limit: bool
) -> None:
    found = read_trajectory(write(tmp_path, [ASKED, *ending]))

    assert (found.submitted, found.limit_reached) == (submitted, limit)


@pytest.mark.parametrize(
    ("status", "submitted", "limit"),
    [("Submitted", True, False), ("LimitsExceeded", False, True), ("exit_context", False, True)],
)
def test_the_agents_own_word_decides(
    tmp_path: Path, status: str, submitted: bool, limit: bool
) -> None:
    for content in (
        {"messages": [ASKED, LISTED], "info": {"exit_status": status}},
        [ASKED, LISTED, {"role": "exit", "content": "", "extra": {"exit_status": status}}],
    ):
        found = read_trajectory(write(tmp_path, content))
        assert (found.submitted, found.limit_reached) == (submitted, limit)


def test_where_the_agent_said_nothing_nothing_is_known(tmp_path: Path) -> None:
    assert read_trajectory(write(tmp_path, [ASKED])).submitted is None


def test_a_command_with_another_result_is_no_repeat() -> None:
    texts = [f"[assistant]\n```bash\nls\n```\n\n[user]\n{number}\n\n" for number in (1, 2, 2, 3)]

    assert trajectory_of("".join(texts)).repeats == 2


@pytest.mark.parametrize("cut", [1, 30, 60, 100])
def test_of_a_torn_file_the_whole_turns_are_used(tmp_path: Path, cut: int) -> None:
    notes: list[str] = []

    found = read_trajectory(write(tmp_path, json.dumps(MESSAGES)[:-cut]), notes)

    assert found.cut
    assert found.turns >= 5
    assert len(notes) == 1
    assert "was not read whole" in notes[0]


def test_of_a_file_that_is_too_large_the_end_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, {"messages": [LISTED, RESULT] * 2_000 + MESSAGES})
    monkeypatch.setattr(turns, "MAX_BYTES", 1_000)
    monkeypatch.setattr(turns, "_TAIL", 5_000)

    found = read_trajectory(path)

    assert (found.cut, found.submitted) == (True, True)
    assert 6 < found.turns < 200


def test_what_other_writers_of_json_allow_is_read(tmp_path: Path) -> None:
    found = read_trajectory(
        write(tmp_path, '[{"role": "assistant", "content": "a\\ud800b", "score": NaN}]')
    )

    assert found.turns == 1
    found.last[0].text.encode()


def test_a_long_turn_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    long = "begin\n" + "x\n" * 200_000 + "end"
    for content in ([{"role": "assistant", "content": long}], f"[assistant]\n{long}\n"):
        [turn] = read_trajectory(write(tmp_path, content)).last
        assert turn.text.startswith("begin")
        assert turn.text.endswith("end")
        assert len(turn.text) <= turns.MAX_TURN + 10


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "5", "null", "[null, 1, {}]", "[" * 50_000, "hello\n", "\x00\x01\x02" * 999],
)
def test_what_holds_no_turns_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_trajectory(write(tmp_path, content))

    assert "\n" not in str(refused.value)
