"""One image that fails never ends a run, and an interrupted run goes on where it stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from support.faulty_proxy import Fault, answer, stall

from pyggcr import crane, limits, random, registry, remote, sync
from pyggcr.errors import CancelledError, StateError


@pytest.fixture
def images(real_registry, repository):
    """A repository with five images that have a layer in common."""
    from pyggcr import mutate

    base = random.image(1000, 1, source=1)
    for number in range(5):
        made = mutate.append_layers(base, *random.image(1000, 1, source=number + 2).layers())
        remote.write(f"{real_registry.host}/{repository}:{number}", made)
    return real_registry.host, repository


@pytest.fixture
def there():
    with registry.serve(engine="python") as server:
        yield server.host


SLOW_DOWN = answer(429, b'{"errors": [{"code": "TOOMANYREQUESTS"}]}', {"Retry-After": "0"})


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        (SLOW_DOWN, "429|TOOMANYREQUESTS|Too Many"),
        (answer(500), "500"),
        (answer(200, b"rubbish"), ""),
        (stall(), "deadline exceeded"),
    ],
    ids=["429", "500", "rubbish", "hangs"],
)
@pytest.mark.parametrize("what", ["tag", "manifest", "blob"])
def test_the_rest_is_copied(images, there, file_of, faulty, engine, deed, text, what):
    host, repository = images
    if what == "tag":
        wrong = rf"/manifests/(2|{re.escape(crane.digest(f'{host}/{repository}:2'))})$"
    elif what == "manifest":
        wrong = re.escape(crane.digest(f"{host}/{repository}:2"))
    else:
        with remote.image(f"{host}/{repository}:2") as image:
            wrong = re.escape(str(image.layers()[1].digest()))
    faults = [Fault(method, wrong, deed, None) for method in ("GET", "HEAD")]
    proxy = faulty(host, *faults)
    config = file_of(
        f"- {{repository: '{proxy.host}/{repository}', to: {there}/app}}",
        "defaults: {timeout: 3}\njobs: 2",  # seconds that a busy machine may need for an image
    )
    results = sync.run(config, engine=engine, retry=remote.Retry(duration=0.01, steps=2))
    actions = {it.source.rpartition(":")[2]: it.action for it in results}
    assert actions == {**dict.fromkeys("0134", "copied"), "2": "failed"}
    (failed,) = [it for it in results if it.action == "failed"]
    assert re.search(text or ".", failed.error)
    assert crane.list_tags(f"{there}/app") == ["0", "1", "3", "4"]


def test_what_failed_once_is_sent_for_the_next_image(images, there, file_of, faulty, engine):
    """A client remembers that the common layer failed; the next image must not fail for that."""
    host, repository = images
    with random.image(1000, 1, source=1) as base:
        common = base.layers()[0].digest()
    target = faulty(there, Fault("PUT", f"/app/blobs/uploads/.*{common.hex}", answer(400), 1))
    config = file_of(f"- {{repository: '{host}/{repository}', to: {target.host}/app}}", "jobs: 1")
    results = sync.run(config, engine=engine, retry=remote.Retry(steps=1))
    assert [it.action for it in results] == ["failed", *["copied"] * 4]


def test_a_registry_that_lists_nothing_is_one_failure(images, there, file_of, faulty, copied):
    host, repository = images
    proxy = faulty(host, Fault("GET", "_catalog|tags/list", answer(500), None))
    config = file_of(
        f"""
        - {{registry: '{proxy.host}', to: {there}}}
        - {{repository: '{proxy.host}/{repository}', to: {there}/app}}
        - {{image: '{host}/{repository}:1', to: {there}/app}}
        """
    )
    assert [it[0] for it in copied(config)] == ["failed", "failed", "copied"]


def test_a_target_that_answers_nobody_is_a_failure_of_its_images(images, there, file_of, copied):
    host, repository = images
    config = file_of(
        f"- {{repository: '{host}/{repository}', tags: ['1'], to: ['127.0.0.1:1/a', {there}/a]}}"
    )
    assert [it[0] for it in copied(config)] == ["failed", "copied"]


def test_an_interrupted_run_goes_on_and_an_ended_one_begins_anew(
    images, there, file_of, engine, tmp_path, faulty
):
    host, repository = images
    target = faulty(there)
    config = file_of(f"- {{repository: '{host}/{repository}', to: {target.host}/app}}", "jobs: 1")
    state = tmp_path / "state"
    token = limits.CancelToken()
    seen = []

    def stop(result):
        seen.append(result.source)
        if len(seen) == 2:
            token.cancel()

    with pytest.raises(CancelledError):
        sync.run(config, state=state, on_result=stop, cancel=token, engine=engine)
    target.requests.clear()
    results = sync.run(config, state=state, engine=engine)
    assert [it.source for it in results if it.action == "done"] == seen
    assert {it.action for it in results} <= {"done", "copied", "present"}
    for source in seen:
        tag = source.rpartition(":")[2]
        assert [it for it in target.requests if it.path.endswith(f"/manifests/{tag}")] == []
    assert {it.action for it in sync.run(config, state=state, engine=engine)} == {"present"}


def test_killed_in_the_middle_and_resumed(images, there, tmp_path, engine, faulty):
    host, repository = images
    last = crane.digest(f"{host}/{repository}:4")
    source = faulty(host, Fault("GET", re.escape(last), stall(), 1))
    file, state = tmp_path / "sync.yaml", tmp_path / "state"
    file.write_text(
        f"version: 1\njobs: 1\nsync:\n"
        f"- {{repository: '{source.host}/{repository}', to: '{there}/app'}}\n"
    )
    command = [sys.executable, "-m", "pyggcr", "sync", str(file), "--state", str(state)]
    command += ["--engine", engine]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    guard = threading.Timer(60, process.kill)
    guard.start()
    lines = [process.stdout.readline() for _ in range(4)]
    deadline = time.monotonic() + 60
    while not any(last in path for path in source.paths("GET")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    guard.cancel()
    guard.join()
    assert [line.split()[0] for line in lines] == ["copied"] * 4

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\n1 copied, 4 done before\n")
    assert crane.digest(f"{there}/app:4") == last
    assert crane.list_tags(f"{there}/app") == ["0", "1", "2", "3", "4"]


def test_the_state_of_something_else_is_refused(images, there, file_of, tmp_path):
    host, repository = images
    (tmp_path / "state").write_bytes(b"no database, but a text that is long enough" * 100)
    config = file_of(f"- {{repository: '{host}/{repository}', to: {there}/app}}")
    with pytest.raises(StateError):
        sync.run(config, state=tmp_path / "state")


def test_limits_of_the_call_end_a_run(images, there, file_of, faulty, engine):
    host, repository = images
    source = faulty(host, Fault("GET", "/manifests/", stall(), None))
    config = file_of(f"- {{repository: '{source.host}/{repository}', to: {there}/app}}")
    with pytest.raises(CancelledError):
        sync.run(config, engine=engine, timeout=1)
