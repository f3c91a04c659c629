"""What goes wrong on the way: the result is right, or there is a clear error; never a wrong image.

A proxy before a real registry drops, truncates, corrupts, stalls, and answers for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.faulty_proxy import (
    Fault,
    answer,
    corrupt,
    cut_upload,
    drop,
    drop_upload,
    endless,
    stall,
    stall_the_last,
    truncate,
)
from support.registries import PASSWORD, USER

from pyggcr import authn, crane, errors, limits, remote, tarball, validate
from pyggcr._values.remote import Retry

DATA = Path(__file__).parent.parent / "data" / "docker"
PLAIN = DATA / "25.0.2" / "app-tag.tar"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"

QUICK = Retry(duration=0.01, factor=1, jitter=0, steps=3)
BLOBS = "/blobs/sha256:"
MANIFESTS = "/manifests/"
UPLOADS = "/blobs/uploads/"
TOO_MANY = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": "slow down"}]}).encode()

HARMLESS = {
    "a blob's connection drops": Fault("GET", BLOBS, drop()),
    "a manifest's connection drops": Fault("GET", MANIFESTS, drop()),
    "429 for a blob": Fault("GET", BLOBS, answer(429, TOO_MANY, {"Retry-After": "0"})),
    "429 for a manifest": Fault("GET", MANIFESTS, answer(429, TOO_MANY)),
    "500 twice": Fault("GET", MANIFESTS, answer(500), times=2),
    "503 for a blob, twice": Fault("GET", BLOBS, answer(503), times=2),
}
HARMFUL = {
    "a blob ends early": Fault("GET", BLOBS, truncate(100)),
    "a blob ends at once": Fault("GET", BLOBS, truncate(0)),
    "every blob ends early": Fault("GET", BLOBS, truncate(100), times=None),
    "a manifest ends early": Fault("GET", MANIFESTS, truncate(100)),
    "a blob's first byte is wrong": Fault("GET", BLOBS, corrupt(0), times=None),
    "a blob's hundredth byte is wrong": Fault("GET", BLOBS, corrupt(100), times=None),
    "one blob is wrong once": Fault("GET", BLOBS, corrupt(50)),
    "a byte of a manifest is wrong": Fault("GET", MANIFESTS, corrupt(20)),
    "a blob is another one": Fault("GET", BLOBS, answer(200, b"something else"), times=None),
    "a blob is empty": Fault("GET", BLOBS, answer(200, b""), times=None),
    "a blob is not there": Fault("GET", BLOBS, answer(404), times=None),
    "500 for ever": Fault("GET", MANIFESTS, answer(500), times=None),
    "401 for a blob": Fault("GET", BLOBS, answer(401), times=None),
    "a page of HTML": Fault("GET", MANIFESTS, answer(200, b"<html>log in</html>")),
}


@pytest.fixture
def stored(real_registry, repository, engine):
    """``(path, digest)`` of an image in the real registry, under the tag 1."""
    with tarball.image_from_path(GZIP, engine=engine) as image:
        remote.write(f"{real_registry.host}/{repository}:1", image, engine=engine)
        return repository, image.digest()


@dataclass
class Outcome:
    """How it went: what was raised, if something was."""

    error: errors.Error | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it went well, or an error says what did not."""
        return self.error is None or bool(str(self.error))


@contextlib.contextmanager
def perhaps():
    """Something that may fail, but only by an error of the package."""
    outcome = Outcome()
    try:
        yield outcome
    except errors.Error as error:
        outcome.error = error


def fresh(fault: Fault) -> Fault:
    return Fault(fault.method, fault.path, fault.deed, fault.times)


def pull(reference, engine, **options):
    """Pull everything and check it; the digest."""
    with remote.image(reference, engine=engine, retry=QUICK, **options) as image:
        validate.image(image)
        return image.digest()


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_passes_does_no_harm(stored, real_registry, faulty, engine, fault):
    path, digest = stored
    proxy = faulty(real_registry.host, fresh(HARMLESS[fault]))
    assert pull(f"{proxy.host}/{path}:1", engine) == digest


@pytest.mark.parametrize("fault", HARMFUL)
def test_a_pull_is_right_or_fails(stored, real_registry, faulty, engine, fault):
    path, digest = stored
    proxy = faulty(real_registry.host, fresh(HARMFUL[fault]))
    with perhaps() as outcome:
        assert pull(f"{proxy.host}/{path}@{digest}", engine) == digest
    assert outcome.is_clear


@pytest.mark.parametrize("fault", [it for it in HARMFUL if "blob" in it])
def test_a_layer_is_right_or_fails(stored, real_registry, faulty, engine, fault):
    path, _ = stored
    with remote.image(f"{real_registry.host}/{path}:1", engine=engine) as image:
        digest = image.layers()[-1].digest()
    proxy = faulty(real_registry.host, fresh(HARMFUL[fault]))
    with (
        perhaps() as outcome,
        remote.layer(f"{proxy.host}/{path}@{digest}", engine=engine, retry=QUICK) as layer,
        layer.compressed() as stream,
    ):
        assert hashlib.sha256(stream.read()).hexdigest() == digest.hex
    assert outcome.is_clear


@pytest.mark.parametrize("fault", ["a blob ends early", "every blob ends early"])
def test_an_archive_that_is_saved_is_right_or_there_is_an_error(
    stored, real_registry, faulty, engine, tmp_path, fault
):
    path, _ = stored
    proxy = faulty(real_registry.host, fresh(HARMFUL[fault]))
    target = tmp_path / "saved.tar"
    with perhaps() as outcome:
        with crane.pull(f"{proxy.host}/{path}:1", engine=engine, retry=QUICK) as image:
            crane.save({f"{proxy.host}/{path}:1": image}, target)
        with tarball.image_from_path(target, engine=engine) as saved:
            validate.image(saved)
    assert outcome.is_clear


def test_500_for_ever_is_told_with_its_status(stored, real_registry, faulty, engine):
    path, _ = stored
    proxy = faulty(real_registry.host, fresh(HARMFUL["500 for ever"]))
    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{proxy.host}/{path}:1", engine=engine, retry=QUICK)
    assert caught.value.status == 500
    assert len([it for it in proxy.paths("GET") if MANIFESTS in it]) == QUICK.steps


@pytest.mark.parametrize("depth", [500, 5000])
def test_what_a_registry_says_may_be_nested_too_deeply(real_registry, faulty, engine, depth):
    body = b'{"errors": [{"code": "DENIED", "detail": %b}]}' % (b"[" * depth + b"]" * depth)
    proxy = faulty(real_registry.host, Fault("GET", "/tags/list", answer(403, body)))
    with pytest.raises(errors.TransportError) as caught:
        remote.list_tags(f"{proxy.host}/a/b", engine=engine)
    said = caught.value
    assert (said.method, said.status, said.diagnostics) == ("GET", 403, ())
    assert "DENIED" in str(said)


def test_what_a_registry_says_is_told(stored, real_registry, faulty, engine):
    path, _ = stored
    proxy = faulty(real_registry.host, Fault("GET", MANIFESTS, answer(429, TOO_MANY), times=None))
    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{proxy.host}/{path}:1", engine=engine, retry=QUICK)
    (diagnostic,) = caught.value.diagnostics
    assert (caught.value.status, diagnostic.code) == (429, "TOOMANYREQUESTS")
    assert str(caught.value) == (
        f"GET http://{proxy.host}/v2/{path}/manifests/1: TOOMANYREQUESTS: slow down"
    )


ENDLESS = {
    "tags": ("/tags/list", b'{"tags": ["'),
    "repositories": ("/_catalog", b'{"repositories": ["'),
    "a ping": ("/v2/$", b"{"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_end_does_not_fill_the_memory(
    stored, real_registry, faulty, engine, what
):
    path, _ = stored
    place, begin = ENDLESS[what]
    proxy = faulty(real_registry.host, Fault("GET", place, endless(begin), times=None))
    if what == "a ping":  # whose text does not matter
        remote.list_tags(f"{proxy.host}/{path}", engine=engine)
        return
    with pytest.raises(errors.Error, match="^body exceeds 67108864 byte limit$"):
        if what == "tags":
            remote.list_tags(f"{proxy.host}/{path}", engine=engine)
        else:
            remote.catalog(proxy.host, engine=engine)


def test_tags_of_something_that_is_no_name_are_none(stored, real_registry, faulty, engine):
    path, _ = stored
    lie = answer(200, b'{"name": ["x"], "tags": ["1"]}')
    proxy = faulty(real_registry.host, Fault("GET", "/tags/list", lie, times=None))
    with pytest.raises(errors.JSONError) as caught:
        remote.list_tags(f"{proxy.host}/{path}", engine=engine)
    assert str(caught.value) == (
        "json: cannot unmarshal array into Go struct field Tags.name of type string"
    )


PUSHING = {
    "a check drops": Fault("HEAD", BLOBS, drop()),
    "a check says 500": Fault("HEAD", BLOBS, answer(500)),
    "an upload cannot begin": Fault("POST", UPLOADS, answer(503)),
    "an upload's beginning drops": Fault("POST", UPLOADS, drop()),
    "an upload breaks off": Fault("PATCH", UPLOADS, drop_upload(50)),
    "an upload is cut": Fault("PATCH", UPLOADS, cut_upload(50)),
    "an upload is refused": Fault("PATCH", UPLOADS, answer(500)),
    "an upload cannot end": Fault("PUT", UPLOADS, answer(500)),
    "an upload's end drops": Fault("PUT", UPLOADS, drop()),
    "a manifest is refused": Fault("PUT", MANIFESTS, answer(500)),
    "a manifest is too often": Fault("PUT", MANIFESTS, answer(429, TOO_MANY)),
    "a manifest breaks off": Fault("PUT", MANIFESTS, drop_upload(10)),
    "uploads are cut for ever": Fault("PATCH", UPLOADS, cut_upload(50), times=None),
    "uploads break off for ever": Fault("PATCH", UPLOADS, drop_upload(50), times=None),
    "nothing is taken": Fault("PUT", UPLOADS, answer(400, b"no"), times=None),
}
FOR_EVER = ("uploads are cut for ever", "uploads break off for ever", "nothing is taken")


@pytest.mark.parametrize("archive", [PLAIN, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("fault", PUSHING)
def test_a_push_is_right_or_fails(real_registry, repository, faulty, engine, fault, archive):
    proxy = faulty(real_registry.host, fresh(PUSHING[fault]))
    with tarball.image_from_path(archive, engine=engine) as image:
        digest = image.digest()
        with perhaps() as outcome:
            remote.write(f"{proxy.host}/{repository}:1", image, engine=engine, retry=QUICK)
    assert outcome.is_clear
    if outcome.error is None:
        assert fault not in FOR_EVER
        assert pull(f"{real_registry.host}/{repository}:1", engine) == digest
    else:
        with pytest.raises(errors.TransportError):
            remote.get(f"{real_registry.host}/{repository}:1", engine=engine)


class TestStopping:
    @pytest.fixture(params=["GET manifest", "GET blob", "PATCH upload"])
    def stalled(self, request, stored, real_registry, faulty, engine):
        """A function that does what never ends, through a proxy that stalls there."""
        path, _ = stored
        method, what = request.param.split()
        places = {"manifest": MANIFESTS, "blob": BLOBS, "upload": UPLOADS}
        proxy = faulty(real_registry.host, Fault(method, places[what], stall(10), times=None))
        if what == "upload":

            def do():
                with tarball.image_from_path(PLAIN, engine=engine) as image:
                    remote.write(f"{proxy.host}/{path}/new:1", image, engine=engine, retry=QUICK)

            return do
        return lambda: pull(f"{proxy.host}/{path}:1", engine)

    @pytest.mark.parametrize("stalling", [stall(100), stall_the_last(100)], ids=["", "last"])
    def test_closing_a_stream_ends_a_read_that_waits(
        self, stored, real_registry, faulty, engine, stalling
    ):
        path, _ = stored
        proxy = faulty(real_registry.host, Fault("GET", BLOBS, stalling, times=None))
        with remote.image(f"{proxy.host}/{path}:1", engine=engine) as image:
            stream = image.layers()[0].compressed()
            assert len(stream.read(100)) == 100
            failures = []

            def read():
                try:
                    stream.read(100)
                except errors.ClosedError as error:
                    failures.append(error)

            reader = threading.Thread(target=read)
            reader.start()
            reader.join(0.5)
            stream.close()
            reader.join(5)
        assert len(failures) == 1

    def test_cancel_ends_it_within_a_second(self, stalled):
        token = limits.CancelToken()
        timer = threading.Timer(0.5, token.cancel)
        began = time.monotonic()
        timer.start()
        with pytest.raises(errors.CancelledError), limits.limit(cancel=token):
            stalled()
        assert time.monotonic() - began < 1.5
        timer.join()

    def test_a_timeout_ends_it(self, stalled):
        with pytest.raises(errors.DeadlineExceededError), limits.limit(timeout=0.5):
            stalled()


class TestSecrets:
    """No secret in errors, reprs or logs, whatever happens."""

    @pytest.mark.parametrize(
        "fault",
        [
            Fault("GET", MANIFESTS, answer(403, b"forbidden"), times=None),
            Fault("GET", MANIFESTS, answer(401, b"unauthorized"), times=None),
            Fault("GET", MANIFESTS, drop(), times=None),
            Fault("GET", MANIFESTS, truncate(3), times=None),
            Fault("GET", "/v2/$", answer(500), times=None),
        ],
        ids=["403", "401", "dropped", "truncated", "no ping"],
    )
    @pytest.mark.usefixtures("kept_for_tracing")
    def test_basic(self, locked_registry, repository, faulty, engine, fault, caplog, capfd):
        proxy = faulty(locked_registry.host, fresh(fault))
        caplog.set_level(0)
        auth = authn.Basic(USER, PASSWORD)
        puller = remote.Puller(auth=auth, engine=engine, retry=QUICK)
        with pytest.raises(errors.Error) as caught:
            puller.get(f"{proxy.host}/{repository}:1")
        encoded = authn.AuthConfig(USER, PASSWORD)
        out, err = capfd.readouterr()
        said = [str(caught.value), repr(caught.value), repr(vars(caught.value)), repr(puller)]
        said += [repr(auth), repr(encoded), caplog.text, out, err]
        assert [text for text in said if PASSWORD in text] == []

    @pytest.mark.parametrize(
        "location",
        ["http://[::1/x?sig=a@PASS", "http://ann:PASS@[::1/x", "//[#PASS", "//ann:PASS@[/x?PASS"],
    )
    def test_a_redirect_to_what_is_no_url(self, real_registry, faulty, engine, location):
        redirect = answer(307, headers={"Location": location})
        proxy = faulty(real_registry.host, Fault("GET", MANIFESTS, redirect, times=None))
        with pytest.raises(errors.TransportError) as caught:
            remote.get(f"{proxy.host}/a/b:1", engine=engine, retry=QUICK)
        assert "failed to parse Location header" in str(caught.value)
        assert "PASS" not in f"{caught.value} {vars(caught.value)}"

    def test_credentials_stay_with_their_host(
        self, locked_registry, real_registry, repository, faulty, engine
    ):
        with tarball.image_from_path(GZIP, engine=engine) as image:
            remote.write(
                f"{locked_registry.host}/{repository}:1",
                image,
                auth=authn.Basic(USER, PASSWORD),
                engine=engine,
            )
            digest = image.layers()[0].digest()
            # The blob is elsewhere, at a host that has no business with the password.
            remote.write(f"{real_registry.host}/{repository}:1", image, engine=engine)
        elsewhere = faulty(real_registry.host)
        url = f"http://{elsewhere.host}/v2/{repository}/blobs/{digest}"
        proxy = faulty(
            locked_registry.host,
            Fault("GET", BLOBS, answer(307, headers={"Location": url}), times=None),
        )
        auth = authn.Basic(USER, PASSWORD)
        with (
            remote.layer(f"{proxy.host}/{repository}@{digest}", auth=auth, engine=engine) as layer,
            layer.compressed() as stream,
        ):
            assert hashlib.sha256(stream.read()).hexdigest() == digest.hex
        assert any("authorization" in request.headers for request in proxy.requests)
        assert [it.path for it in elsewhere.requests if "authorization" in it.headers] == []


@pytest.mark.parametrize("statuses", [(), (418,)])
def test_only_the_listed_statuses_are_tried_again(stored, real_registry, faulty, engine, statuses):
    path, digest = stored
    proxy = faulty(real_registry.host, Fault("GET", MANIFESTS, answer(418), times=2))
    reference = f"{proxy.host}/{path}:1"
    if statuses:
        assert pull(reference, engine, retry_statuses=statuses) == digest
    else:
        with pytest.raises(errors.TransportError) as raised:
            pull(reference, engine, retry_statuses=statuses)
        assert raised.value.status == 418
    asked = [path for path in proxy.paths("GET") if MANIFESTS in path]
    assert len(asked) == (3 if statuses else 1)


def test_a_user_agent_comes_before_that_of_the_library(stored, real_registry, faulty, engine):
    path, _ = stored
    proxy = faulty(real_registry.host)
    remote.head(f"{proxy.host}/{path}:1", engine=engine, user_agent="tests/1")
    agents = {request.headers["user-agent"] for request in proxy.requests}
    assert agents
    assert all(agent.startswith("tests/1 go-containerregistry/") for agent in agents)
