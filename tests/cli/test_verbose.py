"""``--verbose``: requests as ``crane --verbose`` tells them, without a secret."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from support.faulty_proxy import Fault, answer
from support.registries import PASSWORD, USER

from pyggcr import crane, tarball

pytestmark = pytest.mark.usefixtures("kept_for_tracing")

GZIP = Path(__file__).parent.parent / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"
_REQUEST = re.compile(r"^\S+ \S+ --> (.*)$", re.MULTILINE)
_ANSWER = re.compile(r"^\S+ \S+ <-- ([0-9]+) ", re.MULTILINE)


@pytest.fixture
def environment(engine, tmp_path):
    """That of programs which find their credentials in ``tmp_path``."""
    return {
        **os.environ,
        "PYGGCR_ENGINE": engine,
        "DOCKER_CONFIG": str(tmp_path),
        "HOME": str(tmp_path),
    }


@pytest.fixture
def run(environment):
    """``run(…)``: the result of the command."""

    def run(*arguments: object, command=(sys.executable, "-m", "pyggcr")):
        return subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            env=environment,
        )

    return run


@pytest.fixture
def login(monkeypatch, tmp_path):
    """``login(host)``: the credentials of programs and of this process."""

    def login(host: str) -> None:
        pair = {"username": USER, "password": PASSWORD}
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: pair}}))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    return login


def push(reference: str, engine: str) -> None:
    with tarball.image_from_path(GZIP, engine=engine) as image:
        crane.push(image, reference, engine=engine)


@pytest.mark.parametrize("command", ["digest", "manifest", "ls", "config"])
def test_the_requests_are_crane_s(real_registry, repository, run, run_crane, engine, command):
    app = f"{real_registry.host}/{repository}"
    push(f"{app}:1", engine)
    target = app if command == "ls" else f"{app}:1"
    ours = run("-v", command, target)
    theirs = run("-v", command, target, command=("crane",))
    assert _REQUEST.findall(ours.stderr) == _REQUEST.findall(theirs.stderr) != []
    assert _ANSWER.findall(ours.stderr) == _ANSWER.findall(theirs.stderr) != []
    assert ours.stdout == theirs.stdout
    assert run(command, target, "--verbose").stdout == ours.stdout
    assert run(command, target).stderr == ""


def test_the_requests_of_a_copy_are_some_of_crane_s(
    real_registry, repository, run, run_crane, engine
):
    """The Python engine mounts blobs without asking for them, and greets the registry once."""
    app = f"{real_registry.host}/{repository}"
    push(f"{app}/a:1", engine)
    with crane.pull(f"{app}/a:1", engine=engine) as image:
        blobs = {str(it.digest()) for it in image.layers()} | {str(image.config_name())}

    def asked(command, target):
        done = run("-v", "copy", f"{app}/a:1", f"{app}/{target}:1", command=command)
        assert done.returncode == 0
        # Crane shows the end of the address, "&origin=…", as it is.
        requests = (it.partition("&origin=")[0] for it in _REQUEST.findall(done.stderr))
        return Counter(it.replace(f"/{target}/", "/b/") for it in requests)

    ours = asked((sys.executable, "-m", "pyggcr"), "ours")
    theirs = asked(("crane",), "theirs")
    registry = f"http://{real_registry.host}/v2/"
    left_out = Counter(f"HEAD {registry}{repository}/b/blobs/{it}" for it in blobs)
    # TLS is tried first, each time.
    greetings = {f"GET {registry}", f"GET {registry.replace('http', 'https')}"}
    if engine == "go":
        left_out.clear()
    assert ours - theirs == Counter()
    assert {it: number for it, number in (theirs - ours).items() if it not in greetings} == left_out
    if engine == "python":
        assert all(ours[it] == 1 for it in greetings)


def test_a_password_is_not_shown(locked_registry, repository, run, login, engine):
    login(locked_registry.host)
    app = f"{locked_registry.host}/{repository}:1"
    push(app, engine)
    said = run("-v", "manifest", app).stderr
    assert "\nAuthorization: <redacted>\n" in said
    assert "\nWww-Authenticate: Basic realm=" in said
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert [secret for secret in (PASSWORD, pair) if secret in said] == []


def test_a_token_is_not_shown(token_registry, tokens, repository, run, login, engine):
    login(token_registry.host)
    app = f"{token_registry.host}/{repository}:1"
    push(app, engine)
    said = run("-v", "manifest", app).stderr
    assert f"--> GET {tokens.realm}?" in said
    assert "\nAuthorization: <redacted>\n" in said
    assert [secret for secret in (PASSWORD, "eyJ") if secret in said] == []


def test_a_signed_address_is_not_shown(real_registry, repository, faulty, run, engine):
    app = f"{real_registry.host}/{repository}"
    push(f"{app}:1", engine)
    with crane.pull(f"{app}:1", engine=engine) as image:
        layer = str(image.layers()[0].digest())
    signed = f"http://{real_registry.host}/v2/{repository}/blobs/{layer}?signature=of-the-bucket"
    redirect = Fault("GET", "/blobs/", answer(307, headers={"Location": signed}))
    proxy = faulty(real_registry.host, redirect)
    done = run("blob", "--verbose", f"{proxy.host}/{repository}@{layer}", "--engine", engine)
    assert "<-- 307" in done.stderr
    assert "signature=REDACTED" in done.stderr
    assert "of-the-bucket" not in done.stderr


def test_what_a_server_says_cannot_drive_a_terminal(real_registry, faulty, run, engine):
    headers = {"Server": "\x9b31m", "Warning": '299 - "\x9b2J"'}
    proxy = faulty(real_registry.host, Fault("GET", "/tags/", answer(404, headers=headers)))
    said = run("-v", "ls", f"{proxy.host}/a").stderr
    assert "\nServer: " in said
    assert all(line.isprintable() for line in said.splitlines())


def test_who_failed_to_answer_is_told(run):
    said = run("-v", "ls", "127.0.0.1:1/a").stderr
    assert re.search(r"<-- .*connection refused GET https://127.0.0.1:1/v2/ \(", said)


_SCRIPT = """
import logging, sys
logging.basicConfig(format="%(name)s %(levelname)s %(message)s")
logging.getLogger("pyggcr.requests").setLevel(logging.DEBUG)
from pyggcr import crane
crane.head(sys.argv[1])
"""


def test_the_library_logs_it_too(real_registry, repository, run, engine):
    app = f"{real_registry.host}/{repository}:1"
    push(app, engine)
    done = run(app, command=(sys.executable, "-c", _SCRIPT))
    url = f"http://{real_registry.host}/v2/{repository}/manifests/1"
    assert f"\npyggcr.requests DEBUG --> HEAD {url}\n" in done.stderr
    assert f"\npyggcr.requests DEBUG <-- 200 HEAD {url} (" in done.stderr


def test_what_a_registry_warns_of_is_shown(real_registry, faulty, run, engine):
    headers = {"Warning": '299 - "the end is near"'}
    tags = b'{"name": "a", "tags": ["1"]}'
    proxy = faulty(real_registry.host, Fault("GET", "/tags/", answer(200, tags, headers)))
    done = run("ls", f"{proxy.host}/a")
    assert done.stdout == "1\n"
    # Go's library does not look at warnings.
    shown = {"python": f'{proxy.host} warns: "the end is near"\n', "go": ""}
    assert done.stderr == shown[engine]
