"""Which requests a blob costs that another repository of the registry has, on both engines.

The Go engine asks for the blob first, the Python engine mounts it first; what comes of it is the
same, and so is every error.
"""

from __future__ import annotations

import re

import pytest
from support.fake_server import Answer, FakeServer

from pyggcr import crane, errors, remote, static
from pyggcr.types import MediaType

ONCE = remote.Retry(duration=0.01, steps=1)
DENIED = b'{"errors": [{"code": "DENIED", "message": "not yours"}]}'
WARNING = "retrying without mount: POST "
SEND = ["PATCH", "PUT"]

REFUSED = [400, 401, 403, 404, 405, 429, 500, 503]


class Registry:
    """A registry whose repository ``to`` has some blobs, and that answers mounts with a status.

    With ``token`` it wants tokens, and answers so to whoever asks for one to read elsewhere, too.
    """

    def __init__(
        self,
        mount: int,
        *,
        has: bool = False,
        heads: int = 0,
        posts: int = 0,
        token: int = 0,
        tells_where: bool = True,
    ) -> None:
        self._statuses = {"HEAD": heads or (200 if has else 404), "POST": posts or 202}
        self._statuses |= {"MOUNT": mount, "PATCH": 202, "PUT": 201}
        self._token = token
        self._tells_where = tells_where
        self.server = FakeServer(self._answer)
        self.host = self.server.host

    def _answer(self, asked):
        if asked.path == "/v2/":
            challenge = f'Bearer realm="http://{asked.headers["host"]}/token"'
            return Answer(401, b"", {"WWW-Authenticate": challenge}) if self._token else Answer()
        status = self._statuses.get(_method(asked), 200)
        if asked.path.startswith("/token"):
            status = self._token if "from%3Apull" in asked.path else 200
            return Answer(status, DENIED if status >= 400 else b'{"token": "t"}')
        there = {"Location": f"/up/{len(self.server.asked)}"} if self._tells_where else {}
        return Answer(status, DENIED if status >= 400 else b"", there)

    def asked(self) -> list[str]:
        """The methods of all requests for blobs; ``MOUNT`` is a POST that mounts."""
        return [_method(it) for it in self.server.asked if it.path.startswith(("/v2/to/", "/up/"))]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()


def _method(asked):
    return "MOUNT" if asked.method == "POST" and "mount=" in asked.path else asked.method


def layer(content, engine, origin):
    inner = static.new_layer(content, MediaType.DOCKER_LAYER, engine=engine)
    return remote.MountableLayer(inner, f"{origin}:1")


def push(host, engine, content=b"abc", origin=None, **options):
    blob = layer(content, engine, origin or f"{host}/from")
    remote.write_layer(f"{host}/to", blob, engine=engine, retry=ONCE, **options)


def check(registry, engine, go, python):
    push(registry.host, engine)
    assert registry.asked() == {"go": go, "python": python}[engine]


def test_a_blob_is_mounted(engine):
    with Registry(201) as registry:
        check(registry, engine, ["HEAD", "MOUNT"], ["MOUNT"])


def test_a_blob_that_is_there_costs_one_request(engine):
    with Registry(201, has=True) as registry:
        check(registry, engine, ["HEAD"], ["MOUNT"])


def test_a_blob_that_is_not_mounted_is_sent_where_the_upload_has_begun(engine):
    with Registry(202) as registry:
        check(registry, engine, ["HEAD", "MOUNT", *SEND], ["MOUNT", "HEAD", *SEND])
        (patch,) = registry.server.paths("PATCH")
        begun = [_method(it) for it in registry.server.asked].index("MOUNT") + 1
        assert patch == f"/up/{begun}"


def test_a_blob_that_is_not_mounted_because_it_is_there_is_left(engine):
    with Registry(202, has=True) as registry:
        check(registry, engine, ["HEAD"], ["MOUNT", "HEAD"])


@pytest.mark.parametrize("status", REFUSED)
def test_a_mount_that_is_refused_becomes_an_upload(engine, status, caplog):
    with Registry(status) as registry:
        expected = ["HEAD", "MOUNT", "POST", *SEND]
        check(registry, engine, expected, ["MOUNT", "HEAD", *expected[2:]])
    if engine == "python":
        (warning,) = caplog.messages
        assert warning.startswith(f"{WARNING}http://{registry.host}/v2/to/blobs/uploads/?from=from")
        assert warning.endswith(": DENIED: not yours")


@pytest.mark.parametrize("status", REFUSED)
def test_a_mount_that_is_refused_of_a_blob_that_is_there(engine, status, caplog):
    with Registry(status, has=True) as registry:
        check(registry, engine, ["HEAD"], ["MOUNT", "HEAD"])
    assert WARNING not in caplog.text


@pytest.mark.parametrize(("status", "more"), [(202, SEND), (403, ["POST", *SEND])])
def test_mounting_is_not_tried_first_again_where_it_failed(engine, status, more):
    with Registry(status) as registry, remote.Pusher(engine=engine, retry=ONCE) as pusher:
        for content in (b"a", b"b"):
            blob = layer(content, engine, f"{registry.host}/from")
            pusher.upload(f"{registry.host}/to", blob)
        first = {"go": ["HEAD", "MOUNT"], "python": ["MOUNT", "HEAD"]}[engine]
        assert registry.asked() == [*first, *more, "HEAD", "MOUNT", *more]


def test_what_is_of_another_registry_is_asked_for_first(engine):
    with Registry(202) as registry:
        push(registry.host, engine, origin="registry.example/from")
        assert registry.asked() == ["HEAD", "MOUNT", *SEND]


def test_what_is_of_the_same_repository_is_asked_for_first(engine):
    with Registry(201, has=True) as registry:
        push(registry.host, engine, origin=f"{registry.host}/to")
        assert registry.asked() == ["HEAD"]


HEAD_FAILS = (
    r"HEAD http://HOST/v2/to/blobs/sha256:ba7816\w+: unexpected status code 403 Forbidden "
    r"\(HEAD responses have no body, use GET for details\)"
)
POST_FAILS = "POST http://HOST/v2/to/blobs/uploads/: DENIED: not yours"


@pytest.mark.parametrize(
    ("mount", "failing", "expected"),
    [(202, "heads", HEAD_FAILS), (403, "heads", HEAD_FAILS), (403, "posts", POST_FAILS)],
)
def test_errors_are_those_of_go(engine, mount, failing, expected):
    with Registry(mount, **{failing: 403}) as registry:
        with pytest.raises(errors.TransportError) as caught:
            push(registry.host, engine)
        assert re.fullmatch(expected.replace("HOST", registry.host), str(caught.value))
        assert caught.value.status == 403


def test_a_mount_that_begins_an_upload_nowhere(engine):
    with Registry(202, tells_where=False) as registry:
        with pytest.raises(errors.Error, match="^missing Location header$"):
            push(registry.host, engine)
        assert sorted(registry.asked()) == ["HEAD", "MOUNT"]


def test_a_copy_that_cannot_begin_says_what_it_was_about(engine, tmp_path):
    missing = tmp_path / "missing.pem"
    with pytest.raises(errors.FileAccessError, match='^fetching "127.0.0.1:1/a": '):
        crane.copy("127.0.0.1:1/a", "127.0.0.1:1/b", engine=engine, ca_file=missing)


def test_the_right_to_read_elsewhere_is_asked_for_first(engine):
    with Registry(201, token=200) as registry:
        push(registry.host, engine)
        asked = [it for it in registry.server.paths("GET") if it.startswith("/token")]
        assert [it.count("scope=") for it in asked] == [1, 2]
        assert registry.asked() == {"go": ["HEAD", "MOUNT"], "python": ["MOUNT"]}[engine]


def test_who_may_not_read_elsewhere_fails_as_in_go(engine):
    with Registry(201, token=403) as registry:
        with pytest.raises(errors.TransportError, match="/token.*: DENIED: not yours$"):
            push(registry.host, engine)
        assert registry.asked() == ["HEAD"]


def test_who_may_not_read_elsewhere_need_not_where_the_blob_is(engine):
    with Registry(201, token=403, has=True) as registry:
        push(registry.host, engine)
        assert registry.asked() == ["HEAD"]
