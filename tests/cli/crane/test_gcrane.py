"""``pyggcr gcrane`` beside gcrane: every verb, each line on a registry of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest
from support.crane_lines import ENGINES, compare
from support.fake_server import Answer, FakeServer
from support.gcrane_commands import KNOWN, LINES
from support.google import Google

from pyggcr.cli.gcrane.program import GCRANE

# In processes of their own; the others run in this one.
PROCESSES = 4
# The ordinary suite has the first lines, which are one of each of gcrane's own verbs, and of the
# rest those of these remainders; the Go engine runs some.
FIRST = 10
STEP, GO_STEP = 3, 15


def _is_ordinary(number: int, engine: str) -> bool:
    if engine == "go":
        return number % GO_STEP == 0 and LINES[number].needs_registry
    return number < FIRST or number % STEP == 0 or not LINES[number].needs_registry


CASES = [
    pytest.param(
        number,
        engine,
        id=f"{number}-{engine}-{line.text[:60]}",
        marks=() if _is_ordinary(number, engine) else pytest.mark.full,
    )
    for number, line in enumerate(LINES)
    for engine in ENGINES
]


@pytest.fixture(autouse=True)
def _gcrane(require, go_engine) -> None:
    """The real gcrane, and the registry of the Go engine."""
    if shutil.which("gcrane") is None:
        require("gcrane", "there is no such program")


@pytest.mark.parametrize(("number", "engine"), CASES)
def test_a_command_line_does_what_gcrane_does(number, engine) -> None:
    assert compare(LINES[number], engine, process=number < PROCESSES) == []


def test_there_are_enough_of_them() -> None:
    assert sum(_is_ordinary(number, "python") for number in range(len(LINES))) >= 80
    lines = {(it.text, it.stdin, it.before, *it.environment.items()) for it in LINES}
    assert len(lines) == len(LINES)


def test_few_are_known_to_differ() -> None:
    assert len(KNOWN) <= 2
    assert not {*KNOWN} - {line.text for line in LINES}


def test_every_command_and_each_own_flag_is_among_them() -> None:
    texts = [line.text.split() for line in LINES]
    names = {it.name for it in GCRANE.root.commands}
    assert names <= {words[0] for words in texts if words}
    for name in ("copy", "gc", "ls"):
        given = {word.partition("=")[0] for words in texts if words[:1] == [name] for word in words}
        assert {f"--{flag.name}" for flag in GCRANE.root.find(name).flags} <= given


# What only a process shows.

OURS = [sys.executable, "-c", "from pyggcr.cli import main; main()", "gcrane"]
PROGRAMS = {"gcrane": ["gcrane"], "pyggcr": OURS}


@pytest.fixture(params=ENGINES)
def environment(request, tmp_path) -> dict[str, str]:
    """That of a process; the engine is one of each in turn."""
    docker = {"HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path)}
    return {"PATH": os.environ["PATH"], **docker, "PYGGCR_ENGINE": request.param}


def test_a_registry_is_served_until_ctrl_c(environment, tmp_path) -> None:
    said = {}
    for program, command in PROGRAMS.items():
        words = ["registry", "serve", "--address", "127.0.0.1:0", "--disk", str(tmp_path)]
        process = subprocess.Popen([*command, *words], env=environment, stderr=subprocess.PIPE)
        lines = [process.stderr.readline(), process.stderr.readline()]
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)[1]
        text = b"".join((*lines, rest)).decode()
        said[program] = re.sub(r"[0-9/]{10} [0-9:]{8}|port [0-9]+", "…", text), process.returncode
    assert said["pyggcr"] == said["gcrane"]
    assert "serving on" in said["gcrane"][0]


@pytest.mark.parametrize("verb", ["ls", "gc", "manifest"])
def test_headers_and_warnings_are_those_of_crane_s_verbs(environment, tmp_path, verb) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"HttpHeaders": {"X-Team": "tests"}}))
    answer = Answer(200, b'{"tags":["1"]}', {"Warning": '299 - "soon"', "Content-Type": "text/x"})
    seen = {}
    with FakeServer(lambda _: answer) as server:
        for program, command in PROGRAMS.items():
            server.asked.clear()
            done = subprocess.run(
                [*command, verb, f"{server.host}/app"], env=environment, capture_output=True
            )
            headers = {it.headers.get("x-team") for it in server.asked if it.path != "/v2/"}
            seen[program] = done.returncode, done.stdout, done.stderr, headers
    assert seen["pyggcr"] == seen["gcrane"]
    assert (b"soon" in seen["gcrane"][2]) == (verb == "manifest")


def test_google_s_credentials_are_those_of_gcrane(environment, tmp_path) -> None:
    server = Google()
    user = {
        "type": "authorized_user",
        "client_id": "client",
        "client_secret": "hidden",
        "refresh_token": "refresh",
        "token_uri": server.answer("/token", {"access_token": "secret", "expires_in": 3600}),
    }
    (tmp_path / "user.json").write_text(json.dumps(user))
    given = {**environment, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "user.json")}
    seen = {}
    for program, command in PROGRAMS.items():
        server.server.asked.clear()
        outcomes = [
            subprocess.run([*command, "auth", "get", host], env=given, capture_output=True)
            for host in ("eu.gcr.io", "a-docker.pkg.dev", "example.com")
        ]
        told = [(it.returncode, it.stdout, it.stderr) for it in outcomes]
        seen[program] = told, server.forms
    server.close()
    assert seen["pyggcr"] == seen["gcrane"]
    (found, _, missing), forms = seen["gcrane"]
    assert found[:2] == (0, b'{"Username":"_token","Secret":"secret"}\n')
    assert missing[0] == 1
    assert len(forms) == 2


def test_ctrl_c_ends_a_list_with_exit_code_1(environment) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(request) -> Answer:
        if request.path != "/v2/":
            asked.set()
            over.wait(30)
        return Answer()

    with FakeServer(answer) as server:
        for program, command in PROGRAMS.items():
            asked.clear()
            process = subprocess.Popen(
                [*command, "ls", f"{server.host}/app"], env=environment, stderr=subprocess.PIPE
            )
            assert asked.wait(30), program
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=30)[1]
            assert (program, process.returncode, errors[:7]) == (program, 1, b"Error: ")
        over.set()


def test_a_text_needs_no_engine() -> None:
    script = (
        "import sys; from pyggcr.cli.gcrane import program; code = program.run(['ls', '--help'])\n"
        "loaded = {it.split('.')[0] for it in sys.modules} & {'urllib3', 'cffi', 'json'}\n"
        "sys.exit(f'{loaded}' if loaded else code)"
    )
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL).returncode == 0
