"""``pyggcr.google`` on both engines: lists of repositories, with manifests and children."""

from __future__ import annotations

import json
import threading

import pytest
from support.fake_server import Answer, FakeServer
from support.google_registry import GoogleRegistry

from pyggcr import authn, errors, google, limits, random, registry, remote
from pyggcr.errors import Error, JSONError, TransportError, TruncatedError
from pyggcr.v1 import Time

ZERO = Time(-62135596800, 0, 0)

# What a registry answers, and what comes of it: the JSON that Go writes again, or an error.
ANSWERS = [
    (
        (
            b'{"child":["a"],"manifest":{"sha256:a":{"imageSizeBytes":"18446744073709551615",'
            b'"mediaType":"m","timeCreatedMs":"-1","timeUploadedMs":"1700000000123","tag":["t"]}},'
            b'"name":"n","tags":["t"]}'
        ),
        (
            b'{"child":["a"],"manifest":{"sha256:a":{"imageSizeBytes":"18446744073709551615",'
            b'"mediaType":"m","timeCreatedMs":"-1","timeUploadedMs":"1700000000123","tag":["t"]}},'
            b'"name":"n","tags":["t"]}'
        ),
    ),
    # A time that is not told becomes the year 1, which Go's nanoseconds cannot count.
    (
        b'{"manifest":{"sha256:a":null}}',
        (
            b'{"child":null,"manifest":{"sha256:a":{"imageSizeBytes":"0","mediaType":"",'
            b'"timeCreatedMs":"-6795364578871","timeUploadedMs":"-6795364578871","tag":null}},'
            b'"name":"","tags":null}'
        ),
    ),
    (
        (
            b'{"manifest":{"b":{"timeCreatedMs":"+5","timeUploadedMs":"9223372036854775807"},'
            b'"\xff":{"mediaType":"<","tag":[]}}}'
        ),
        (
            b'{"child":null,"manifest":{"b":{"imageSizeBytes":"0","mediaType":"","timeCreatedMs":"5",'
            b'"timeUploadedMs":"-1","tag":null},"\xef\xbf\xbd":{"imageSizeBytes":"0",'
            b'"mediaType":"\\u003c","timeCreatedMs":"-6795364578871",'
            b'"timeUploadedMs":"-6795364578871","tag":[]}},"name":"","tags":null}'
        ),
    ),
    # Nothing of Google's: the tags alone.
    (
        b'{"name":"n","child":[],"manifest":{},"tags":["1","2"]}',
        b'{"child":null,"manifest":null,"name":"","tags":["1","2"]}',
    ),
    (b'{"tags":[]}', b'{"child":null,"manifest":null,"name":"","tags":null}'),
    (b"null", b'{"child":null,"manifest":null,"name":"","tags":null}'),
    (
        b'{"manifest":{"sha256:a":{"imageSizeBytes":5}}}',
        JSONError(
            "json: cannot unmarshal number into Go struct field Tags.manifest.imageSizeBytes of "
            "type string"
        ),
    ),
    (
        b'{"tags":5,"manifest":{"a":{"tag":[1],"mediaType":{}}}}',
        JSONError(
            "json: cannot unmarshal number into Go struct field Tags.manifest.tag of type string"
        ),
    ),
    (
        b'{"manifest":{"a":[]}}',
        JSONError(
            "json: cannot unmarshal array into Go struct field Tags.manifest of type "
            "google.rawManifestInfo"
        ),
    ),
    (
        b'{"manifest":[]}',
        JSONError(
            "json: cannot unmarshal array into Go struct field Tags.manifest of type "
            "map[string]google.ManifestInfo"
        ),
    ),
    (b"[]", JSONError("json: cannot unmarshal array into Go value of type google.Tags")),
    (
        b'{"manifest":{"a":{"imageSizeBytes":"x"}}}',
        Error('strconv.ParseUint: parsing "x": invalid syntax'),
    ),
    (
        b'{"manifest":{"a":{"imageSizeBytes":"-1"}}}',
        Error('strconv.ParseUint: parsing "-1": invalid syntax'),
    ),
    (
        b'{"manifest":{"a":{"imageSizeBytes":"18446744073709551616"}}}',
        Error('strconv.ParseUint: parsing "18446744073709551616": value out of range'),
    ),
    (
        b'{"manifest":{"a":{"timeCreatedMs":"-9223372036854775809"}}}',
        Error('strconv.ParseInt: parsing "-9223372036854775809": value out of range'),
    ),
    (
        b'{"manifest":{"a":{"timeUploadedMs":"1_0"}}}',
        Error('strconv.ParseInt: parsing "1_0": invalid syntax'),
    ),
    (b"", TruncatedError("EOF")),
    (b'{"tags":', TruncatedError("unexpected EOF")),
]


def only(body: bytes):
    """A server that answers lists so, and says that it is a registry."""
    return FakeServer(lambda asked: Answer(200, b"{}" if asked.path == "/v2/" else body))


@pytest.mark.parametrize(("answer", "wanted"), ANSWERS)
def test_an_answer_is_read_and_written_as_go_does(engine, answer, wanted) -> None:
    with only(answer) as server:
        if isinstance(wanted, bytes):
            assert google.list(f"{server.host}/app", engine=engine).to_json() == wanted
            return
        with pytest.raises(type(wanted)) as caught:
            google.list(f"{server.host}/app", engine=engine)
        assert (type(caught.value), str(caught.value)) == (type(wanted), str(wanted))


def test_a_list_of_google_s(engine) -> None:
    with only(ANSWERS[0][0]) as server:
        found = google.list(f"{server.host}/app", engine=engine)

    info = google.ManifestInfo(
        size=(1 << 64) - 1,
        media_type="m",
        created=Time(-1, 999_000_000, 0),
        uploaded=Time(1_700_000_000, 123_000_000, 0),
        tags=["t"],
    )
    assert found == google.Tags(children=["a"], manifests={"sha256:a": info}, name="n", tags=["t"])
    (known,) = found.manifests.values()
    assert known.to_json() == (
        b'{"imageSizeBytes":"18446744073709551615","mediaType":"m","timeCreatedMs":"-1",'
        b'"timeUploadedMs":"1700000000123","tag":["t"]}'
    )
    assert google.ManifestInfo().created == ZERO


def pages(link: str = "</v2/app/tags/list?page=2>", second: bytes = b'{"tags":["3"]}'):
    def answer(asked):
        if asked.path == "/v2/":
            return Answer(200)
        if "page=2" in asked.path:
            return Answer(200, second)
        return Answer(200, b'{"tags":["1","2"]}', {"Link": link} if link else {})

    return FakeServer(answer)


def test_pages_of_another_registry_are_put_together(engine) -> None:
    with pages() as server:
        found = google.list(f"{server.host}/app", engine=engine)

        assert found == google.Tags(tags=["1", "2", "3"])
        assert server.paths("GET")[-2:] == ["/v2/app/tags/list?n=1000", "/v2/app/tags/list?page=2"]


def test_a_page_of_google_s_alone_is_the_result(engine) -> None:
    with pages(second=b'{"child":["x"],"tags":["3"]}') as server:
        found = google.list(f"{server.host}/app", engine=engine)

    assert found == google.Tags(children=["x"], tags=["3"])


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("/v2/", "failed to parse link header: missing '<' in: /v2/"),
        ("</v2/", "failed to parse link header: missing '>' in: </v2/"),
        (
            "<http://169.254.169.254/latest>",
            "pagination URL host does not match registry host: potential SSRF attack",
        ),
        (
            "<ftp://{host}/v2/app/tags/list>",
            'pagination URL scheme "ftp" does not match registry scheme "http"',
        ),
    ],
)
def test_a_next_page_elsewhere_is_refused(engine, link, text) -> None:
    with pages(link) as server:
        if "{host}" in link:
            host = server.host
            server.close()
            server = pages(link.replace("{host}", host))
            text = text.replace("{host}", host)
        with server, pytest.raises(Error) as caught:
            google.list(f"{server.host}/app", engine=engine)
    assert str(caught.value) == text


def test_no_next_page_is_no_error(engine) -> None:
    with pages("<>") as server:
        assert google.list(f"{server.host}/app", engine=engine).tags == ["1", "2"]


def test_the_text_of_a_refusal_is_the_registry_s(engine) -> None:
    refusal = b'{"errors":[{"code":"DENIED","message":"not you"}]}'
    with FakeServer(
        lambda it: Answer(200) if it.path == "/v2/" else Answer(403, refusal)
    ) as server:
        with pytest.raises(TransportError) as caught:
            google.list(f"{server.host}/app", engine=engine)
        assert str(caught.value) == (
            f"GET http://{server.host}/v2/app/tags/list?n=1000: DENIED: not you"
        )
        assert caught.value.status == 403
        # It is not asked again, whatever pkg/v1/remote would do.
        assert len(server.paths("GET")) == 2


def test_a_server_s_error_is_not_tried_again(engine) -> None:
    with FakeServer(lambda it: Answer(200 if it.path == "/v2/" else 503)) as server:
        with pytest.raises(TransportError, match="503 Service Unavailable"):
            google.list(f"{server.host}/app", engine=engine)
        assert server.paths("GET") == ["/v2/", "/v2/app/tags/list?n=1000"]


def test_options_reach_the_registry(engine) -> None:
    def answer(asked):
        if "authorization" not in asked.headers:
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="tests"'})
        return Answer(200, b'{"tags":["1"]}')

    class Keychain:
        def resolve(self, resource):
            asked_for.append(str(resource))
            return authn.Basic("ann", "secret")

    asked_for = []
    with FakeServer(answer) as server:
        google.list(
            f"{server.host}/app", auth=authn.Basic("ann", "secret"), user_agent="me", engine=engine
        )
        google.walk(
            f"{server.host}/app",
            lambda *_: None,
            keychain=Keychain(),
            headers={"X-Team": "a"},
            user_agent="me",
            engine=engine,
        )
        one, other = (it for it in server.asked if it.path != "/v2/")
    assert one.headers["authorization"] == other.headers["authorization"]
    assert one.headers["user-agent"].startswith("me go-containerregistry/v")
    assert (one.headers.get("x-team"), other.headers["x-team"]) == (None, "a")
    assert {*asked_for} == {server.host}


def test_an_option_of_other_modules_is_refused(engine) -> None:
    with pytest.raises(TypeError, match="unexpected option 'jobs', 'page_size'"):
        google.list("example.com/app", jobs=2, page_size=1, engine=engine)


def test_a_list_that_never_comes_ends_with_the_timeout(engine) -> None:
    over = threading.Event()

    def answer(asked):
        if asked.path != "/v2/":
            over.wait(20)
        return Answer(200, b"{}")

    with FakeServer(answer) as server:
        with pytest.raises(errors.DeadlineExceededError):
            google.list(f"{server.host}/app", timeout=0.2, engine=engine)
        token = limits.CancelToken()
        threading.Timer(0.1, token.cancel).start()
        with pytest.raises(errors.CancelledError):
            google.walk(f"{server.host}/app", raising, cancel=token, engine=engine)
        over.set()


def raising(_repository, _tags, error) -> None:
    if error is not None:
        raise error


@pytest.fixture
def tree(engine):
    """Repositories below ``g``, each with an image."""
    with registry.serve(engine="python") as behind, GoogleRegistry(behind.host) as server:
        for path in ("g/a", "g/a/x", "g/a/y/z", "g/b"):
            image = random.image(16, 1, engine="python")
            remote.write(f"{server.host}/{path}:1", image, engine="python")
        yield server


def test_a_walk_goes_down_before_it_goes_on(engine, tree) -> None:
    seen = []
    google.walk(
        f"{tree.host}/g", lambda it, tags, error: seen.append((str(it), tags, error)), engine=engine
    )

    names = [name.removeprefix(f"{tree.host}/") for name, _, _ in seen]
    assert names == ["g", "g/a", "g/a/x", "g/a/y", "g/a/y/z", "g/b"]
    assert [tags.children for _, tags, _ in seen] == [["a", "b"], ["x", "y"], [], ["z"], [], []]
    assert all(error is None for *_, error in seen)
    assert seen[1][1].tags == ["1"]


def test_the_function_decides_what_becomes_of_an_error(engine, tree) -> None:
    tree.lists["g/a/y"] = [Answer(500)]
    seen = []
    google.walk(
        f"{tree.host}/g/a", lambda it, tags, error: seen.append((str(it), error)), engine=engine
    )
    assert [name.rpartition("/")[2] for name, _ in seen] == ["a", "x", "y"]
    assert [getattr(error, "status", None) for _, error in seen] == [None, None, 500]

    with pytest.raises(TransportError, match="500 Internal Server Error"):
        google.walk(f"{tree.host}/g", raising, engine=engine)


def test_the_root_s_error_is_given_to_the_function_too(engine, tree) -> None:
    seen = []
    google.walk(f"{tree.host}/g/none", lambda *it: seen.append(it), engine=engine)
    ((repository, tags, error),) = seen
    assert (str(repository), tags) == (f"{tree.host}/g/none", None)
    assert error.diagnostics[0].code == "NAME_UNKNOWN"


def test_a_child_whose_name_is_none_ends_the_walk(engine, tree) -> None:
    tree.lists["g/b"] = [Answer(200, json.dumps({"child": ["UPPER"]}).encode())]
    with pytest.raises(errors.InvalidReferenceError) as caught:
        google.walk(f"{tree.host}/g/b", raising, engine=engine)
    assert str(caught.value).startswith("unexpected path failure: repository can only contain ")


def test_what_the_function_raises_ends_the_walk(engine, tree) -> None:
    def stop(repository, _tags, _error) -> None:
        seen.append(str(repository))
        if len(seen) == 2:
            raise LookupError("enough")

    seen = []
    with pytest.raises(LookupError, match="enough"):
        google.walk(f"{tree.host}/g", stop, engine=engine)
    assert len(seen) == 2
