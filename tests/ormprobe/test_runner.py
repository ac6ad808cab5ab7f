"""Real children: how they are started, watched, ended and recorded."""

import http.server
import json
import os
import signal
import socket
import stat
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe import readiness, runner
from ormprobe.children import Child
from ormprobe.errors import LaunchError
from ormprobe.interpreter import Interpreter
from ormprobe.plan import Plan, Role, Step
from ormprobe.runner import Launch, Result, environment, run

STUBBORN = """
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    grandchild = os.fork()
    if grandchild:
        open("pids", "w").write(f"{os.getpid()} {grandchild}")
    time.sleep(60)
"""
SERVER = """
    import http.server, os, sys
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/up" else 404)
            self.end_headers()
            self.wfile.write(b"served")
        def log_message(self, *args): ...
    http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Silent:
    def started(self, child: Child) -> None: ...

    def ended(self, child: Child) -> None: ...


class Workshop:
    """An app's folder, and launches of programs in it."""

    def __init__(self, folder: Path) -> None:
        self.app = folder / "app"
        self.trace = folder / "trace"
        self.inject = folder / "inject"
        for made in (self.app, self.trace, self.inject):
            made.mkdir()

    def step(self, source: str, role: Role = Role.COMMAND, *arguments: str) -> Step:
        program = self.app / f"{role}.py"
        program.write_text(textwrap.dedent(source))
        return Step(role=role, argv=(sys.executable, str(program), *arguments))

    def launch(self, *steps: Step, **options: Any) -> Launch:
        ready = options.pop("ready", None)
        return Launch(
            app=self.app,
            folder=self.app,
            plan=Plan(steps=steps, sentence="runs a test", ready=ready),
            interpreter=Interpreter(executable=Path(sys.executable), origin="own", version="3.x"),
            trace=self.trace,
            inject=self.inject,
            **{"timeout": 20, "grace": 0.3, **options},
        )

    def run(self, *steps: Step, **options: Any) -> Result:
        return run(self.launch(*steps, **options), Silent())

    @property
    def record(self) -> dict[str, Any]:
        recorded: dict[str, Any] = json.loads((self.trace / "run.json").read_text())
        return recorded

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self.app / "pids").read_text().split()]


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def alive(pid: int) -> bool:
    """Whether the process runs: a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def soon(path: Path) -> None:
    """Waits until the file has content."""
    until = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.01)


def interrupt_after(path: Path, *signums: int) -> threading.Thread:
    """Sends the signals to this process, a moment apart, once the file is there."""

    def send() -> None:
        soon(path)
        for signum in signums:
            os.kill(os.getpid(), signum)
            time.sleep(0.2)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize("code", [0, 1, 7])
def test_exit_status_is_kept(workshop: Workshop, code: int) -> None:
    result = workshop.run(workshop.step(f"raise SystemExit({code})"))

    assert (result.ended, result.exit_code, result.signal) == ("exit", code, None)
    assert workshop.record["exit_code"] == code


def test_death_by_a_signal_is_kept(workshop: Workshop) -> None:
    result = workshop.run(workshop.step("import os; os.kill(os.getpid(), 9)"))

    assert (result.ended, result.exit_code, result.signal) == ("exit", None, "SIGKILL")


def test_record_is_whole_private_and_without_the_key(workshop: Workshop) -> None:
    launch = workshop.launch(workshop.step("pass"))
    run(launch, Silent())

    record = workshop.record
    [child] = record["children"]
    assert record["app"] == str(workshop.app)
    assert record["command"] == child["argv"] == list(launch.plan.steps[0].argv)
    assert record["plan"] == "runs a test"
    assert record["ended"] == "exit"
    assert record["values"] == "hashed"
    assert record["python"] == {"executable": sys.executable, "version": "3.x"}
    assert abs(record["started_unix"] - time.time()) < 20
    assert 0 < child["duration_s"] <= record["duration_s"] < 20
    assert child["role"] == "command"
    assert stat.S_IMODE((workshop.trace / "run.json").stat().st_mode) == 0o600
    assert os.listdir(workshop.trace) == ["run.json"]
    assert launch.key not in (workshop.trace / "run.json").read_text()


def test_record_is_there_while_the_run_goes_on(workshop: Workshop) -> None:
    workshop.run(
        workshop.step(
            "import json, os; print(open(os.environ['ORMPROBE_TRACE'] + '/run.json')"
            ".read(), file=open('seen', 'w'))"
        )
    )

    seen = json.loads((workshop.app / "seen").read_text())
    assert seen["ended"] is None
    assert seen["exit_code"] is None


def test_children_share_a_key_and_know_their_role_and_place(workshop: Workshop) -> None:
    source = """
        import json, os
        names = [name for name in os.environ if name.startswith("ORMPROBE_")]
        with open(os.environ["ORMPROBE_ROLE"], "w") as out:
            json.dump({**{name: os.environ[name] for name in names}, "cwd": os.getcwd()}, out)
    """
    workshop.run(workshop.step(source, Role.SETUP), workshop.step(source), values="off")

    setup, command = (
        json.loads((workshop.app / name).read_text()) for name in ("setup", "command")
    )
    assert setup["ORMPROBE_KEY"] == command["ORMPROBE_KEY"]
    assert command["ORMPROBE_TRACE"] == str(workshop.trace)
    assert command["ORMPROBE_APP"] == command["cwd"] == str(workshop.app)
    assert command["ORMPROBE_VALUES"] == "off"


def test_shims_come_first_and_what_the_user_had_stays_behind(workshop: Workshop) -> None:
    step = Step(role=Role.COMMAND, argv=("x",), path=Path("/parent"), env=(("A", "step"),))
    launch = workshop.launch(step, env=(("A", "option"), ("B", "option")))

    made = environment(launch, step, {"PYTHONPATH": "/theirs", "B": "own", "C": "own"})

    assert made["PYTHONPATH"] == os.pathsep.join((str(workshop.inject), "/parent", "/theirs"))
    assert (made["A"], made["B"], made["C"]) == ("step", "option", "own")


def test_environment_of_the_interpreter_is_active(workshop: Workshop) -> None:
    step = workshop.step("pass")
    launch = workshop.launch(step)
    inside = Interpreter(executable=Path("/e/bin/python"), origin="", environment=Path("/e"))

    made = environment(replace(launch, interpreter=inside), step, {"PATH": "/usr/bin"})

    assert (made["PATH"], made["VIRTUAL_ENV"]) == ("/e/bin:/usr/bin", "/e")


def test_output_passes_through_unchanged(
    workshop: Workshop, capfd: pytest.CaptureFixture[str]
) -> None:
    source = "import sys; print('out'); print('err', file=sys.stderr)"

    workshop.run(workshop.step(source))
    assert capfd.readouterr() == ("out\n", "err\n")

    workshop.run(workshop.step(source), stdout=2)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert sorted(captured.err.split()) == ["err", "out"]


@pytest.mark.parametrize(("role", "inherited"), [(Role.COMMAND, True), (Role.SETUP, False)])
def test_input_is_the_commands_alone(
    workshop: Workshop, role: Role, inherited: bool, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("typed")
    before = os.dup(0)
    with open(tmp_path / "input") as source:
        os.dup2(source.fileno(), 0)
        try:
            workshop.run(
                workshop.step("import sys; open('got', 'w').write(sys.stdin.read())", role)
            )
        finally:
            os.dup2(before, 0)
            os.close(before)

    assert (workshop.app / "got").read_text() == ("typed" if inherited else "")


def test_time_out_ends_grandchildren_that_ignore_sigterm(workshop: Workshop) -> None:
    result = workshop.run(workshop.step(STUBBORN), timeout=1)

    assert (result.ended, result.exit_code, result.signal) == ("timeout", None, "SIGKILL")
    assert result.notes == ("the run was ended by its time-out of 1 s",)
    assert not any(alive(pid) for pid in workshop.pids())
    assert workshop.record["ended"] == "timeout"
    assert workshop.record["children"][0]["ended"] == "timeout"


@pytest.mark.parametrize("action", ["SIG_DFL", "SIG_IGN"])
def test_what_a_command_leaves_behind_is_ended(workshop: Workshop, action: str) -> None:
    source = f"""
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.{action})
        left = os.fork()
        if left:
            open("pids", "w").write(str(left))
            os._exit(0)
        time.sleep(60)
    """
    result = workshop.run(workshop.step(source))

    assert (result.ended, result.exit_code) == ("exit", 0)
    assert not any(alive(pid) for pid in workshop.pids())


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interruption_ends_the_child_and_keeps_the_record(
    workshop: Workshop, signum: signal.Signals
) -> None:
    source = """
        import signal, sys, time
        def stop(number, frame):
            open("got", "w").write(str(int(number)))
            sys.exit(4)
        for known in (signal.SIGINT, signal.SIGTERM):
            signal.signal(known, stop)
        open("up", "w").write("up")
        time.sleep(60)
    """
    before = signal.getsignal(signum)
    sender = interrupt_after(workshop.app / "up", signum)

    result = workshop.run(workshop.step(source), grace=10)
    sender.join()

    expected = signal.SIGINT if signum == signal.SIGINT else signal.SIGTERM
    assert (result.ended, result.exit_code) == ("interrupt", 4)
    assert int((workshop.app / "got").read_text()) == expected
    assert workshop.record["ended"] == "interrupt"
    assert signal.getsignal(signum) is before


def test_second_ctrl_c_does_not_wait_for_the_grace(workshop: Workshop) -> None:
    sender = interrupt_after(workshop.app / "pids", signal.SIGINT, signal.SIGINT)
    started = time.monotonic()

    result = workshop.run(workshop.step(STUBBORN), grace=30)
    sender.join()

    assert (result.ended, result.signal) == ("interrupt", "SIGKILL")
    assert time.monotonic() - started < 15
    assert not any(alive(pid) for pid in workshop.pids())


def test_setup_that_fails_keeps_the_command_from_running(workshop: Workshop) -> None:
    setup = workshop.step("raise SystemExit(3)", Role.SETUP)

    result = workshop.run(setup, workshop.step("open('ran', 'w')"))

    assert result.exit_code == 3
    assert result.notes == ("the setup ended with exit status 3: nothing else was run",)
    assert not (workshop.app / "ran").exists()
    assert workshop.record["command"] == list(setup.argv)
    assert [child["role"] for child in workshop.record["children"]] == ["setup"]


@pytest.mark.parametrize("argv", [("no-such-command",), ("/etc/hostname",), ("a\0b",)])
def test_command_that_cannot_start_is_said_and_recorded(
    workshop: Workshop, argv: tuple[str, ...]
) -> None:
    with pytest.raises(LaunchError, match=r"there is no command|cannot start"):
        workshop.run(Step(role=Role.COMMAND, argv=argv))

    assert workshop.record["ended"] == "exit"
    assert len(workshop.record["notes"]) == 1


def serve(workshop: Workshop, server: str, driver: str, **options: Any) -> Result:
    port = str(free_port())
    return workshop.run(
        workshop.step(server, Role.SERVE),
        workshop.step(driver, Role.DRIVE, port),
        ready=options.pop("ready", "http://127.0.0.1:{port}/up").replace("{port}", port),
        env=(("PORT", port),),
        **options,
    )


DRIVER = """
    import sys, urllib.request
    body = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/up").read()
    raise SystemExit(5 if body == b"served" else 6)
"""


@pytest.mark.parametrize("ready", ["http://127.0.0.1:{port}/up", "tcp://127.0.0.1:{port}"])
def test_server_is_driven_when_ready_and_then_ended(workshop: Workshop, ready: str) -> None:
    late = "import time; time.sleep(0.5)\n" + textwrap.dedent(SERVER)

    result = serve(workshop, late, DRIVER, ready=ready)

    server, driver = workshop.record["children"]
    assert (result.ended, result.exit_code, result.notes) == ("exit", 5, ())
    assert workshop.record["command"] == driver["argv"]
    assert (server["role"], server["ended"], server["signal"]) == ("serve", "stopped", "SIGTERM")
    assert (driver["role"], driver["ended"], driver["exit_code"]) == ("drive", "exit", 5)
    assert driver["started_s"] > 0.5
    assert not alive(server["pid"])


def test_server_that_dies_before_it_is_ready_is_an_outcome(workshop: Workshop) -> None:
    result = serve(workshop, "raise SystemExit(2)", "open('ran', 'w')")

    assert (result.ended, result.exit_code) == ("exit", 2)
    assert result.notes == ("the server ended with exit status 2 before it was ready",)
    assert not (workshop.app / "ran").exists()
    assert workshop.record["command"][-1].endswith("serve.py")
    assert workshop.record["exit_code"] == 2


def test_server_that_dies_under_the_driver_is_said(workshop: Workshop) -> None:
    server = SERVER.replace(
        "self.wfile.write", 'os._exit(9) if "x" in self.path else self.wfile.write'
    )
    driver = DRIVER.replace("/up", "/x") + "\n"

    result = serve(workshop, server, driver)

    assert result.exit_code not in (None, 0)
    assert result.notes == ("the server ended with exit status 9 while it was driven",)


def test_server_that_never_answers_is_ended(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "READY_S", 0.3)

    result = serve(workshop, "import time; time.sleep(60)", "pass")

    assert result.ended == "timeout"
    assert "did not answer" in result.notes[0]


def test_time_out_ends_server_and_driver(workshop: Workshop) -> None:
    result = serve(workshop, SERVER, "import time; time.sleep(60)", timeout=2)

    assert result.ended == "timeout"
    assert [child["ended"] for child in workshop.record["children"]] == ["timeout", "timeout"]
    assert not any(alive(child["pid"]) for child in workshop.record["children"])


def test_port_that_another_holds_is_said(workshop: Workshop) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        ready = f"tcp://127.0.0.1:{other.server_address[1]}"
        with pytest.raises(LaunchError, match="something else answers"):
            serve(workshop, SERVER, "pass", ready=ready)


def test_answer_of_500_is_not_ready() -> None:
    statuses = iter((500, 302))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(next(statuses))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        try:
            assert [readiness.answers(url), readiness.answers(url)] == [False, True]
        finally:
            server.shutdown()
            thread.join()
