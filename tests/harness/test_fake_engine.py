"""The engine of the tests answers as real ones do, and its faults are what they say."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from support.fake_engine import DATA, RECORDED, FakeEngine, Recorded
from support.fake_faults import (
    Closed,
    ClosedWhileReceiving,
    Slow,
    Stalled,
    Truncated,
    garbage,
    html,
    refused,
)

if TYPE_CHECKING:
    from support.docker_engine import DockerEngine

# What differs from engine to engine, and nobody here reads.
BESIDES = ("Container", "ContainerConfig", "VirtualSize", "GraphDriver", "Metadata")
OLD = [path for path in sorted((DATA / "24.0.7").glob("*.tar")) if path.stem != "multi"]


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, host: str, timeout: float = 10) -> None:
        super().__init__("docker", timeout=timeout)
        self.path = host.removeprefix("unix://")

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(host: str, path: str, method: str = "GET", body: object = None, timeout: float = 10):
    """The status and the body of an answer."""
    connection = UnixConnection(host, timeout)
    try:
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def ask_json(host: str, path: str):
    """A document."""
    status, body = ask(host, path)
    assert status == 200, body
    return json.loads(body)


@pytest.mark.parametrize("archive", OLD, ids=lambda path: path.stem)
def test_it_describes_images_as_a_real_engine_does(
    docker_daemon: DockerEngine, tmp_path: Path, archive: Path
) -> None:
    docker_daemon.remove_images()
    docker_daemon.run("load", "--input", archive)
    recorded = Recorded(archive.parent, "20.10.24", "1.41", "vfs")
    with FakeEngine(recorded, [archive], unix=tmp_path / "s") as fake:
        for name in docker_daemon.run("image", "ls", "--quiet", "--no-trunc").split():
            real, ours = (
                ask_json(host, f"/v1.41/images/{name}/json")
                for host in (docker_daemon.host, fake.host)
            )
            for document in (real, ours):
                for key in BESIDES:
                    document.pop(key, None)
            assert ours == real
            assert ask_json(fake.host, f"/images/{name}/history") == ask_json(
                docker_daemon.host, f"/images/{name}/history"
            )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/images/get?names=nope:1"),
        ("GET", "/v1.99/images/nope:1/json"),
        ("GET", "/nope"),
        ("POST", "/images/nope:1/tag?repo=other&tag=1"),
        ("GET", "/_ping"),
    ],
)
def test_it_refuses_as_a_real_engine_does(
    docker_daemon: DockerEngine, tmp_path: Path, method: str, path: str
) -> None:
    recorded = Recorded(DATA / "24.0.7", "20.10.24", "1.41", "vfs")
    with FakeEngine(recorded, unix=tmp_path / "s") as fake:
        status, body = ask(docker_daemon.host, path, method)
        assert ask(fake.host, path, method) == (status, body)


@pytest.mark.parametrize("name", RECORDED)
def test_it_sends_what_was_recorded_byte_for_byte(tmp_path: Path, name: str) -> None:
    recorded = RECORDED[name]
    with FakeEngine(recorded, unix=tmp_path / "s") as fake:
        app = ask_json(fake.host, "/images/app:1/json")
        by_name = ask(fake.host, f"/images/get?names={quote('index.docker.io/library/app:1')}")
        by_id = ask(fake.host, f"/images/get?names={app['Id']}")
    assert by_id == (200, recorded.archive("app-id").read_bytes())
    tagged = {path.read_bytes() for path in recorded.folder.glob("app-*.tar")}
    assert by_name[1] in tagged - {by_id[1]}


def test_what_is_loaded_can_be_tagged_and_saved(fake: FakeEngine) -> None:
    archive = (DATA / "24.0.7" / "twotags.tar").read_bytes()
    status, said = ask(fake.host, "/images/load?quiet=0", "POST", iter([archive]))
    assert (status, said.splitlines()[0]) == (200, b'{"stream":"Loaded image: onelayer:1\\n"}')
    assert ask(fake.host, "/images/onelayer:1/tag?repo=one&tag=2", "POST") == (201, b"")
    assert ask(fake.host, "/images/get?names=one:2") == (200, archive)
    assert ask_json(fake.host, "/images/one:2/json")["RepoTags"][-1] == "one:2"


def test_what_is_no_archive_is_told_of_in_the_answer(fake: FakeEngine) -> None:
    status, said = ask(fake.host, "/images/load", "POST", b"no archive")
    assert (status, list(json.loads(said))) == (200, ["errorDetail", "error"])


def test_nonsense_and_refusals(fake: FakeEngine) -> None:
    fake.faults = [garbage("/app:1/json"), html("/version"), refused("/info")]
    with pytest.raises(json.JSONDecodeError):
        ask_json(fake.host, "/images/app:1/json")
    assert ask(fake.host, "/version")[1].startswith(b"<html>")
    assert ask(fake.host, "/info")[0] == 500


def test_a_fault_meets_as_many_requests_as_it_is_told(fake: FakeEngine) -> None:
    fake.faults = [refused("/info")]
    fake.faults[0].times = 1
    assert [ask(fake.host, "/info")[0] for _ in range(3)] == [500, 200, 200]


def test_an_archive_can_come_slowly_or_cut_short(fake: FakeEngine) -> None:
    whole = fake.recorded.archive("dup").read_bytes()
    fake.faults = [Slow("/images/get", pause=0.001)]
    assert ask(fake.host, "/images/get?names=dup:1") == (200, whole)
    fake.faults = [Truncated("/images/get", size=1000)]
    assert ask(fake.host, "/images/get?names=dup:1") == (200, whole[:1000])


def test_a_connection_can_be_closed_in_the_middle(fake: FakeEngine) -> None:
    fake.faults = [Closed("/images/get", after=2000), ClosedWhileReceiving("/images/load", 10)]
    with pytest.raises(http.client.IncompleteRead):
        ask(fake.host, "/images/get?names=dup:1")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(fake.host, "/images/load", "POST", b"x" * 100)
    fake.faults = [Closed("/version")]
    with pytest.raises(http.client.RemoteDisconnected):
        ask(fake.host, "/version")


def test_a_connection_can_stall_and_the_engine_can_be_stopped_even_so(fake: FakeEngine) -> None:
    fake.faults = [Stalled("/images/get", after=2000)]
    with pytest.raises(TimeoutError):
        ask(fake.host, "/images/get?names=dup:1", timeout=0.2)
