"""What registries and token servers answer is read by the rules of Go's JSON, on both engines."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import authn, crane, errors, remote

MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "c", "size": 2, "digest": f"sha256:{'0' * 64}"},
        "layers": [],
    }
).encode()
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"

Serve = Callable[[Callable[[Asked], Answer]], FakeServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[FakeServer] = []

    def start(answer: Callable[[Asked], Answer]) -> FakeServer:
        servers.append(FakeServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


# The texts behind the address are those of Go 1.26's encoding/json and of crane v0.22.1.
BODIES = {
    "names in other cases": (
        b'{"Errors":[{"CODE":"DENIED","Message":"not yours"}]}',
        "DENIED: not yours",
    ),
    "null for an error": (b'{"errors":[null]}', ": "),
    "null for all": (b'{"errors":null}', None),
    "a byte order mark": (b'\xef\xbb\xbf{"errors":[{"code":"DENIED"}]}', None),
    "something behind it": (b'{"errors":[{"code":"DENIED"}]} {}', None),
    "wrong types in between": (
        b'{"errors":[{"code":5,"message":"no"},7,{"code":"B"}]}',
        "multiple errors returned: : no; : ; B: ",
    ),
    "the errors twice": (
        b'{"errors":[{"code":"A","detail":"x"}],"errors":[{"message":"m"}]}',
        "A: m; x",
    ),
    "a number without end": (
        b'{"errors":[{"code":"A","message":"m","detail":{"a":[1,1e999,2.5]}}]}',
        "A: m; map[a:[1 <nil> 2.5]]",
    ),
    "an object for a list": (b'{"errors":{"a":1}}', None),
    "an unfinished one": (b'{"errors":[{"code":"DENIED"', None),
}


@pytest.mark.parametrize("what", BODIES)
def test_the_body_of_an_error(serve, engine, what):
    body, told = BODIES[what]
    server = serve(lambda asked: Answer(200 if asked.path == "/v2/" else 403, body))
    with pytest.raises(errors.TransportError) as raised:
        crane.list_tags(f"{server.host}/app", engine=engine)
    expected = f"unexpected status code 403 Forbidden: {body.decode()}" if told is None else told
    assert str(raised.value) == f"GET http://{server.host}/v2/app/tags/list?n=1000: {expected}"


TOKENS = {
    "nothing": (b"", "unexpected end of JSON input"),
    "two documents": (b'{"token":"a"}{"token":"b"}', "invalid character '{' after top-level value"),
    "no object": (b'"a"', "json: cannot unmarshal string into Go value of type transport.Token"),
    "another type": (
        b'{"token":1}',
        "json: cannot unmarshal number into Go struct field Token.token of type string",
    ),
    "no token": (b'{"expires_in":60}', 'no token in bearer response:\n{"expires_in":60}'),
}


@pytest.mark.parametrize("what", TOKENS)
def test_the_answer_of_a_token_server(serve, engine, what):
    body, told = TOKENS[what]

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/token"):
            return Answer(200, body)
        realm = f'Bearer realm="http://{server.host}/token",service="tests"'
        return Answer(401, headers={"WWW-Authenticate": realm})

    server = serve(answer)
    with pytest.raises(errors.Error) as raised:
        crane.list_tags(f"{server.host}/app", engine=engine)
    assert str(raised.value) == told


class TestDigest:
    """``crane.digest`` asks by GET where HEAD does not do."""

    @pytest.mark.parametrize(
        "head",
        [
            Answer(200, headers={"Content-Type": MANIFEST_TYPE}),
            Answer(200, headers={"Docker-Content-Digest": f"sha256:{'0' * 64}"}),
            Answer(200, headers={"Content-Type": MANIFEST_TYPE, "Docker-Content-Digest": "x"}),
            Answer(405),
            Answer(500),
        ],
        ids=["no digest", "no type", "an invalid digest", "not allowed", "an error"],
    )
    def test_of_a_tag(self, serve, engine, caplog, head):
        def answer(asked: Asked) -> Answer:
            if asked.path == "/v2/":
                return Answer(200)
            if asked.method == "HEAD":
                return head
            return Answer(200, MANIFEST, {"Content-Type": MANIFEST_TYPE})

        server = serve(answer)
        retry = remote.Retry(duration=0.01, steps=1)
        digest = crane.digest(f"{server.host}/app:1", engine=engine, retry=retry)
        assert digest == str(crane.get(f"{server.host}/app:1", engine=engine).descriptor.digest)
        assert "HEAD request failed, falling back on GET: " in caplog.text


class TestDockerAuthConfig:
    """``DOCKER_AUTH_CONFIG`` holds ``auths`` with ``auth``, and nothing else."""

    FILE, GIVEN = "file:1", "environment:2"

    @pytest.fixture
    def user(self, serve, engine, tmp_path, monkeypatch) -> Callable[[str], str]:
        """Who a registry is asked as, with this text in the variable."""

        def answer(asked: Asked) -> Answer:
            if "authorization" not in asked.headers:
                return Answer(401, headers={"WWW-Authenticate": "Basic"})
            return Answer(200, b'{"tags":[]}')

        server = serve(answer)
        auths = {"auths": {server.host: {"auth": encoded(self.FILE)}}}
        (tmp_path / "config.json").write_text(json.dumps(auths))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))

        def ask(text: str) -> str:
            monkeypatch.setenv("DOCKER_AUTH_CONFIG", text.replace("HOST", server.host))
            crane.list_tags(f"{server.host}/app", engine=engine)
            sent = server.asked[-1].headers["authorization"].removeprefix("Basic ")
            return base64.b64decode(sent).decode()

        return ask

    @pytest.mark.parametrize(
        "text",
        [
            '{"auths":{"HOST":{"auth":"PAIR"}}}',
            '{"AUTHS":{"HOST":{"Auth":"PAIR"}}}',
            '{"auths":{"HOST":{"auth":"PAIR"}}} ',
        ],
    )
    def test_it_comes_before_the_file(self, user, text):
        assert user(text.replace("PAIR", encoded(self.GIVEN))) == self.GIVEN

    @pytest.mark.parametrize(
        "text",
        [
            '{"auths":{"HOST":{"auth":"PAIR"}},"credsStore":"pass"}',
            '{"auths":{"HOST":{"auth":"PAIR","email":"a@example.com"}}}',
            '{"auths":{"HOST":{"auth":"PAIR"}}} {}',
            '{"auths":{"HOST":{}}}',
            '{"auths":{"HOST":{"auth":"not base64"}}}',
            '{"auths":{"HOST":{"auth":"PAIR"}}',
            "[]",
            " ",
        ],
    )
    def test_whatever_else_it_holds_makes_it_count_for_nothing(self, user, text):
        assert user(text.replace("PAIR", encoded(self.GIVEN))) == self.FILE


def encoded(pair: str) -> str:
    """User and password as they stand in a configuration."""
    return base64.b64encode(pair.encode()).decode()


def test_a_configuration_that_is_no_folder_is_an_error(serve, engine, tmp_path, monkeypatch):
    server = serve(lambda _: Answer(200, b'{"tags":[]}'))
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker" / "config.json"))
    wanted = (
        f"loading config file: open {tmp_path}/.docker/config.json/config.json: not a directory"
    )
    with pytest.raises(errors.FileAccessError) as raised:
        crane.list_tags(f"{server.host}/app", engine=engine, keychain=authn.DEFAULT_KEYCHAIN)
    assert str(raised.value) == wanted


class TestWarnings:
    """What go-containerregistry warns of reaches the logger ``pyggcr`` on both engines."""

    RETRY = remote.Retry(duration=0.01, steps=3)

    @pytest.fixture
    def registry(self, serve) -> Callable[..., FakeServer]:
        """A registry with a manifest of this type, which fails so many times first."""

        def start(content_type: str = MANIFEST_TYPE, failures: int = 0) -> FakeServer:
            left = [failures]

            def answer(asked: Asked) -> Answer:
                if asked.path == "/v2/":
                    return Answer(200)
                if left[0]:
                    left[0] -= 1
                    return Answer(503, b"busy")
                return Answer(200, MANIFEST, {"Content-Type": content_type})

            return serve(answer)

        return start

    def test_of_a_media_type(self, registry, engine, caplog):
        server = registry("text/plain")
        with remote.image(f"{server.host}/app:1", engine=engine):
            pass
        assert caplog.messages == ["Unexpected media type for Image(): text/plain"]
        assert all(record.name.startswith("pyggcr.") for record in caplog.records)

    @pytest.mark.parametrize("failures", [1, 2])
    def test_of_another_try(self, registry, engine, caplog, failures):
        server = registry(failures=failures)
        remote.get(f"{server.host}/app:1", engine=engine, retry=self.RETRY)
        url = f"http://{server.host}/v2/app/manifests/1"
        told = f"retrying GET {url}: unexpected status code 503 Service Unavailable: busy"
        assert caplog.messages == [told] * failures

    def test_a_call_that_fails_tells_too(self, registry, engine, caplog):
        server = registry(failures=100)
        with pytest.raises(errors.TransportError):
            remote.get(f"{server.host}/app:1", engine=engine, retry=self.RETRY)
        assert len(caplog.messages) == self.RETRY.steps
