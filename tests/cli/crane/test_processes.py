"""What only a process shows: signals, pipes, what goes over the wire; beside crane itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pyggcr.cli.crane.table import ROOT
from tools import crane_table

OURS = [sys.executable, "-c", "from pyggcr.cli import main; main()", "crane"]
PROGRAMS = {"crane": ["crane"], "pyggcr": OURS}
MANIFEST = (
    b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
)


class _Registry(ThreadingHTTPServer):
    """Says the same to every request, keeps what it was asked, and may be slow."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.warnings: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.slow = False
        self.over = threading.Event()
        self.asked = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Registry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.headers.append(dict(self.headers))
        if self.path != "/v2/":
            self.server.asked.set()
            if self.server.slow:
                self.server.over.wait(30)
                return
        self.send_response(200)
        for warning in self.server.warnings:
            self.send_header("Warning", warning)
        self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        self.send_header("Content-Length", str(len(MANIFEST)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(MANIFEST)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[_Registry]:
    """A registry, served by a thread."""
    with _Registry() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.over.set()
        found.shutdown()
        thread.join()


@pytest.fixture(params=["python", "go"])
def environment(request, run_crane, go_engine, tmp_path) -> dict[str, str]:
    """That of a process; the engine is one of each in turn."""
    kept = {key: os.environ[key] for key in ("PATH",)}
    docker = {"HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path)}
    return {**kept, **docker, "PYGGCR_ENGINE": request.param}


def outcome(program: str, *words: str, **options) -> tuple[int, bytes, bytes]:
    done = subprocess.run([*PROGRAMS[program], *words], capture_output=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("more", [{}, {"NO_COLOR": ""}, {"TERM": "dumb"}])
def test_warnings_of_a_registry_are_told_at_the_end(server, environment, more) -> None:
    server.warnings = ["299 - \"second 'day'\"", '299 - "a \\x1b [31m"', '199 - "no"']
    words = ["manifest", f"{server.host}/app"]

    got, wanted = (outcome(it, *words, env={**environment, **more}) for it in ("pyggcr", "crane"))

    assert got == wanted
    assert b"second" in got[2]


def test_warnings_are_not_told_where_the_verb_fails(server, environment) -> None:
    server.warnings = ['299 - "soon"']
    words = ["config", f"{server.host}/app"]

    got, wanted = (outcome(it, *words, env=environment) for it in ("pyggcr", "crane"))

    assert got == wanted
    assert b"soon" not in got[2]


def test_headers_of_docker_s_configuration_are_sent(server, environment, tmp_path) -> None:
    headers = {"x-meta-team": "tests", "Accept": "any/thing", "User-Agent": "docker"}
    (tmp_path / "config.json").write_text(json.dumps({"HttpHeaders": headers}))

    seen = {}
    for program in PROGRAMS:
        server.headers.clear()
        assert outcome(program, "manifest", f"{server.host}/app", env=environment)[0] == 0
        seen[program] = [
            {key: it.get(key) for key in ("X-Meta-Team", "Accept")} for it in server.headers
        ]

    assert seen["pyggcr"] == seen["crane"]
    assert seen["pyggcr"][-1]["X-Meta-Team"] == "tests"


def test_ctrl_c_ends_a_request_with_exit_code_1(server, environment) -> None:
    server.slow = True
    for program, command in PROGRAMS.items():
        server.asked.clear()
        process = subprocess.Popen(
            [*command, "manifest", f"{server.host}/app"], env=environment, stderr=subprocess.PIPE
        )
        assert server.asked.wait(30), program
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (program, process.returncode) == (program, 1)
        assert errors.startswith(b"Error: ")
        assert errors.endswith(b"interrupt signal received\n")


def test_a_helper_keeps_credentials(environment, tmp_path) -> None:
    helper = tmp_path / "docker-credential-tests"
    helper.write_text(f'#!/bin/sh\necho "$1" >>{tmp_path}/said\ncat >>{tmp_path}/said\n')
    helper.chmod(0o755)
    environment = {**environment, "PATH": f"{tmp_path}:{environment['PATH']}"}
    config = tmp_path / "config.json"
    seen = {}
    for program in PROGRAMS:
        (tmp_path / "said").unlink(missing_ok=True)
        config.write_text('{"credsStore": "tests"}')
        login = outcome(
            program, "auth", "login", "reg.example.com", "-u", "a", "-p", "b", env=environment
        )
        stored = json.loads(config.read_text())
        logout = outcome(program, "auth", "logout", "reg.example.com", env=environment)
        said = (tmp_path / "said").read_text().split()
        codes = [(it[0], it[1], it[2][20:]) for it in (login, logout)]
        seen[program] = codes, stored, json.loads(config.read_text()), said
    assert seen["pyggcr"] == seen["crane"]


def test_sigterm_ends_it_as_it_ends_crane_and_leaves_no_file(server, environment, tmp_path) -> None:
    server.slow = True
    codes = {}
    for program, command in PROGRAMS.items():
        server.asked.clear()
        words = ["pull", f"{server.host}/app", str(tmp_path / "out.tar")]
        process = subprocess.Popen([*command, *words], env=environment, stderr=subprocess.PIPE)
        assert server.asked.wait(30), program
        process.send_signal(signal.SIGTERM)
        codes[program] = process.communicate(timeout=30)[1], process.returncode
    assert codes["pyggcr"] == codes["crane"] == (b"", -signal.SIGTERM)
    assert [*tmp_path.glob("*.t*")] == []


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
    assert said["pyggcr"] == said["crane"]
    assert said["crane"][1] == 0


def test_a_token_is_printed_as_crane_prints_it(environment, token_registry, tokens) -> None:
    tokens.public = True
    for words in (["-H"], [], ["--push", "-m", f"{token_registry.host}/tests/other"]):
        repository = f"{token_registry.host}/tests/app"
        shown = [
            re.sub(
                r"[\w-]+\.[\w-]+\.[\w-]+",
                "TOKEN",
                outcome(it, *all_words, env=environment)[1].decode(),
            )
            for it in PROGRAMS
            for all_words in [["auth", "token", *words, repository]]
        ]
        assert shown[0] == shown[1]
        assert "TOKEN" in shown[0]


@pytest.mark.parametrize("words", [["completion", "bash"], ["--help"], ["manifest"]])
def test_a_pipe_that_nobody_reads_ends_it_by_sigpipe(server, environment, words) -> None:
    if words == ["manifest"]:
        words = ["manifest", f"{server.host}/app"]
    codes = {}
    for program, command in PROGRAMS.items():
        source, sink = os.pipe()
        os.close(source)
        done = subprocess.run(
            [*command, *words], env=environment, stdout=sink, stderr=subprocess.PIPE, check=False
        )
        os.close(sink)
        codes[program] = done.returncode, done.stderr
    assert codes["pyggcr"] == codes["crane"] == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_streams_that_a_shell_closed(environment, closed) -> None:
    outcomes = []
    for command in PROGRAMS.values():
        shell = ["sh", "-c", f'"$@" {closed}', "sh", *command, "version"]
        done = subprocess.run(shell, env=environment, capture_output=True, check=False)
        outcomes.append((done.returncode, done.stdout, done.stderr))
    assert outcomes[0] == outcomes[1]


def test_the_table_is_crane_s(go_compiler: None) -> None:
    stale = [
        path.name
        for path, text in crane_table.generated().items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert stale == []
    assert ROOT.find("copy").aliases == ("cp",)


def test_the_drop_in_imports_no_engine_for_a_text() -> None:
    script = (
        "import sys; from pyggcr.cli.crane import program; code = program.run(['ls', '--help'])\n"
        "loaded = {it.split('.')[0] for it in sys.modules} & {'urllib3', 'cffi', 'json'}\n"
        "sys.exit(f'{loaded}' if loaded else code)"
    )
    assert subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL).returncode == 0
