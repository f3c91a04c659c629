"""Registries on the Go engine: what is written can be read, and errors say what a registry said."""

from __future__ import annotations

import json

import pytest
from support.boundary import ListIndex, client_of, impatient_client, serve
from support.faulty_proxy import Fault, answer, corrupt, drop

from pyggcr import name, v1
from pyggcr._go import open_handles
from pyggcr.authn import AuthConfig, Basic, Bearer, FromConfig
from pyggcr.errors import (
    Diagnostic,
    ImageNotFoundError,
    InvalidReferenceError,
    MissingPathError,
    TransportError,
    UnknownBlobError,
    UnsupportedOptionError,
    ValidationError,
)

PLATFORMS = ("linux/amd64", "linux/arm64")


@pytest.fixture
def image(open_image, small_archive):
    return open_image(small_archive)


@pytest.fixture
def other_image(open_image, archives):
    return open_image(next(path for path in archives if path.parent.name == "28.5.2"))


@pytest.fixture
def written(go, served, image):
    """The name of an image in a registry."""
    ref = served("tests/app:1")
    go.remote.write(reference=ref, image=image, client=client_of(go))
    return ref


def test_an_image_is_the_same_after_a_trip_to_a_registry(go, written, image):
    with go.remote.image(reference=written, client=client_of(go)) as got:
        assert got.raw_manifest() == image.raw_manifest()
        assert got.raw_config_file() == image.raw_config_file()
        go.validate.image(image=got, fast=False)


def test_layers_stream_both_ways(go, written, image):
    with go.remote.image(reference=written, client=client_of(go)) as got:
        for ours, theirs in zip(got.layers(), image.layers(), strict=True):
            for method in ("compressed", "uncompressed"):
                with getattr(ours, method)() as stream, getattr(theirs, method)() as expected:
                    assert stream.read() == expected.read()


def test_get_tells_the_manifest_and_its_descriptor(go, written, image):
    found = go.remote.get(reference=written, client=client_of(go))
    assert found.manifest == image.raw_manifest()
    assert found.descriptor.digest == image.digest()
    assert found.descriptor.size == image.size()
    with found.image() as got:
        assert got.config_name() == image.config_name()
    with pytest.raises(UnsupportedOptionError, match="call Image\\(\\) instead"):
        found.image_index()


def test_head_tells_the_descriptor(go, written, image):
    found = go.remote.head(reference=written, client=client_of(go))
    assert (found.digest, found.size, found.media_type) == (
        image.digest(),
        image.size(),
        image.media_type(),
    )


def test_a_layer_is_found_by_its_digest(go, written, image):
    wanted = image.layers()[0]
    ref = written.context().digest(str(wanted.digest()))
    with go.remote.layer(reference=ref, client=client_of(go)) as layer:
        assert layer.size() == wanted.size()
        assert layer.diff_id() == wanted.diff_id()


def test_tags_and_repositories_are_listed(go, served, image):
    for tag in ("a", "b"):
        go.remote.write(
            reference=served(f"tests/app:{tag}"),
            image=image,
            client=client_of(go),
        )
    assert go.remote.list_tags(repository=served.repository("tests/app"), client=client_of(go)) == [
        "a",
        "b",
    ]
    assert go.remote.catalog(registry=name.new_registry(served.host), client=client_of(go)) == [
        "tests/app"
    ]


def test_the_page_size_is_asked_for_and_pages_are_followed(go, served, written, faulty):
    more = {"Link": '</v2/tests/app/tags/list?last=x>; rel="next"'}
    page = answer(200, b'{"tags": ["x"]}', more)
    proxy = faulty(served.host, Fault("GET", r"n=7", page))
    repository = name.new_repository(f"{proxy.host}/tests/app")
    assert go.remote.list_tags(repository=repository, client=client_of(go, page_size=7)) == [
        "x",
        "1",
    ]


def test_a_tag_is_put_and_deleted(go, written, image):
    repository = written.context()
    go.remote.tag(tag=repository.tag("2"), source=image, client=client_of(go))
    go.remote.put(
        reference=repository.tag("3"),
        source=go.remote.get(reference=written, client=client_of(go)),
        client=client_of(go),
    )
    go.remote.delete(reference=repository.tag("2"), client=client_of(go))
    assert go.remote.list_tags(repository=repository, client=client_of(go)) == ["1", "3"]


def test_an_index_goes_with_its_images(go, served, image, other_image):
    index = ListIndex(image, ListIndex(other_image), platforms=PLATFORMS)
    ref = served("tests/index:1")
    go.remote.write_index(reference=ref, index=index, client=client_of(go))
    with go.remote.index(reference=ref, client=client_of(go)) as got:
        assert got.raw_manifest() == index.raw_manifest()
        assert got.digest() == index.digest()
        assert got.size() == index.size()
        assert got.media_type() == index.media_type()
        inner_entry = got.index_manifest().manifests[1]
        with got.image(image.digest()) as child, got.image_index(inner_entry.digest) as inner:
            assert child.raw_manifest() == image.raw_manifest()
            assert inner.index_manifest().manifests[0].digest == other_image.digest()
        entries = go.partial.find_manifests(
            index=got, matcher=lambda entry: entry.platform is not None
        )
        assert [entry.digest for entry in entries] == [
            entry.digest for entry in index.index_manifest().manifests
        ]


def test_an_index_may_list_layers(go, served, image):
    layer = image.layers()[0]

    class WithLayer(ListIndex):
        def layer(self, digest):
            return self.children[str(digest)]

    ref = served("tests/index:1")
    go.remote.write_index(
        reference=ref,
        index=WithLayer(image, layer),
        client=client_of(go),
    )
    with (
        go.remote.index(reference=ref, client=client_of(go)) as got,
        got.layer(layer.digest()) as found,
        serve(go) as second,
    ):
        assert found.diff_id() == layer.diff_id()
        with pytest.raises(UnknownBlobError, match="layer not found: "):
            got.layer(layer.diff_id())
        copy = name.parse_reference(f"{second.address}/copy:1")
        go.remote.write_index(reference=copy, index=got, client=client_of(go))
        assert go.remote.head(reference=copy, client=client_of(go)).digest == got.digest()
    with pytest.raises(UnsupportedOptionError, match="encountered unknown child"):
        go.remote.write_index(
            reference=served("tests/index:2"),
            index=ListIndex(layer),
            client=client_of(go),
        )


def test_the_platform_chooses_the_image_of_an_index(go, served, image, other_image):
    ref = served("tests/index:1")
    index = ListIndex(image, other_image, platforms=PLATFORMS)
    go.remote.write_index(reference=ref, index=index, client=client_of(go))
    for platform, wanted in zip(PLATFORMS, (image, other_image), strict=True):
        client = client_of(go, platform=v1.parse_platform(platform))
        with go.remote.image(reference=ref, client=client) as got:
            assert got.digest() == wanted.digest()
    with pytest.raises(ImageNotFoundError, match="no child with platform"):
        go.remote.image(
            reference=ref,
            client=client_of(go, platform=v1.parse_platform("plan9/386")),
        )


def test_a_layer_is_written_alone(go, served, image):
    layer = image.layers()[0]
    repository = served.repository("tests/app")
    go.remote.write_layer(repository=repository, layer=layer, client=client_of(go))
    with go.remote.layer(
        reference=repository.digest(str(layer.digest())),
        client=client_of(go),
    ) as got:
        assert got.diff_id() == layer.diff_id()


def test_several_are_written_at_once(go, served, image, other_image):
    layer = other_image.layers()[0]
    todo = {
        served("tests/a:1"): image,
        served("tests/a:2"): other_image,
        served("tests/b:1"): ListIndex(image),
        served("tests/c:1"): layer,
    }
    go.remote.multi_write(parts=todo, client=client_of(go))
    assert (
        go.remote.head(reference=served("tests/a:2"), client=client_of(go)).digest
        == other_image.digest()
    )
    assert go.remote.head(reference=served("tests/b:1"), client=client_of(go)).media_type.is_index()
    go.remote.layer(
        reference=served.repository("tests/c").digest(str(layer.digest())),
        client=client_of(go),
    )


def test_a_copy_reads_from_the_other_registry(go, written, image):
    with (
        serve(go) as second,
        go.remote.image(reference=written, client=client_of(go)) as got,
    ):
        ref = name.parse_reference(f"{second.address}/copy:1")
        go.remote.write(reference=ref, image=got, client=client_of(go))
        with go.remote.image(reference=ref, client=client_of(go)) as copied:
            go.validate.image(image=copied, fast=False)
            assert copied.digest() == image.digest()


def test_layers_are_mounted_from_another_repository(go, served, written, faulty):
    # Go's registry keeps the blobs of all repositories together.
    proxy = faulty(served.host, Fault("HEAD", "/v2/other/blobs/", answer(404), times=None))
    source = name.parse_reference(f"{proxy.host}/tests/app:1")
    with go.remote.image(reference=source, client=client_of(go)) as got:
        go.remote.write(
            reference=name.parse_reference(f"{proxy.host}/other:1"),
            image=got,
            client=client_of(go),
        )
    starts = [path for path in proxy.paths("POST") if path.startswith("/v2/other/blobs/uploads")]
    assert starts
    assert all("from=tests%2Fapp" in path for path in starts)


def test_referrers_are_found_and_filtered(go, served, written, image):
    digest = written.context().digest(str(image.digest()))
    with go.remote.referrers(reference=digest, client=client_of(go)) as none:
        assert none.index_manifest().manifests == []
    attached = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/x.test",
            "size": image.manifest().config.size,
            "digest": str(image.config_name()),
        },
        "layers": [],
        "subject": {
            "mediaType": str(image.media_type()),
            "size": image.size(),
            "digest": str(image.digest()),
        },
    }
    go.remote.put(
        reference=written.context().tag("signature"),
        source=_Document(attached),
        client=client_of(go),
    )
    # The registry goes by the media type of the config.
    for wanted, count in (("application/x.test", 1), ("application/x.other", 0)):
        client = client_of(go, filter={"artifactType": wanted})
        with go.remote.referrers(reference=digest, client=client) as found:
            assert len(found.index_manifest().manifests or ()) == count


class _Document(ListIndex):
    """A manifest of any kind, disguised as an index."""

    def __init__(self, document):
        super().__init__()
        self.document = document

    def media_type(self):
        return self.document["mediaType"]

    def raw_manifest(self):
        return json.dumps(self.document).encode()


def test_the_check_of_a_permission_leaves_no_upload_behind(go, served, faulty):
    proxy = faulty(served.host)
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    go.remote.check_push_permission(reference=ref, client=client_of(go))
    assert proxy.paths("POST") == ["/v2/tests/app/blobs/uploads/"]


def test_an_error_of_the_registry_is_told(go, served, written):
    with pytest.raises(TransportError) as raised:
        go.remote.get(reference=served("tests/app:2"), client=client_of(go))
    error = raised.value
    assert (error.method, error.status) == ("GET", 404)
    assert error.url == f"http://{served.host}/v2/tests/app/manifests/2"
    assert error.diagnostics == (Diagnostic("MANIFEST_UNKNOWN", "Unknown manifest"),)
    assert str(error) == f"GET {error.url}: MANIFEST_UNKNOWN: Unknown manifest"


def test_a_registry_that_is_not_there_is_a_transport_error(go):
    with pytest.raises(TransportError, match="connection refused") as raised:
        go.remote.head(
            reference=name.parse_reference("127.0.0.1:1/app:1"),
            client=impatient_client(go),
        )
    assert raised.value.status == 0
    assert raised.value.url == "https://127.0.0.1:1/v2/"


def test_a_name_that_was_made_up_is_refused(go, served):
    with pytest.raises(InvalidReferenceError):
        go.remote.head(
            reference=served.repository("tests/app").tag("no tag"),
            client=client_of(go),
        )


def test_what_fails_for_a_moment_is_tried_again(go, served, written, faulty, image):
    proxy = faulty(
        served.host,
        Fault("GET", "/manifests/", answer(503)),
        Fault("GET", "/blobs/", drop()),
    )
    with go.remote.image(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=impatient_client(go),
    ) as got:
        assert got.raw_config_file() == image.raw_config_file()


def test_statuses_that_are_not_listed_are_not_tried_again(go, served, written, faulty):
    proxy = faulty(served.host, Fault("GET", "/manifests/", answer(503), times=None))
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    with pytest.raises(TransportError) as raised:
        go.remote.get(reference=ref, client=impatient_client(go, retry_statuses=()))
    assert raised.value.status == 503
    assert len([path for path in proxy.paths("GET") if "/manifests/" in path]) == 1


def test_a_damaged_blob_is_never_taken(go, served, written, faulty):
    proxy = faulty(served.host, Fault("GET", "/blobs/", corrupt(20), times=None))
    with go.remote.image(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=impatient_client(go),
    ) as got:
        with pytest.raises(ValidationError, match="error verifying sha256 checksum"):
            got.raw_config_file()
        with got.layers()[0].compressed() as stream, pytest.raises(ValidationError):
            stream.read()


def test_a_user_agent_comes_before_gos(go, served, written, faulty):
    proxy = faulty(served.host)
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    go.remote.head(reference=ref, client=client_of(go, user_agent="tests/1"))
    agents = {request.headers["user-agent"] for request in proxy.requests}
    assert all(agent.startswith("tests/1 go-containerregistry/") for agent in agents)


def test_calls_of_a_client_share_connections_and_tokens(go, served, written, faulty):
    proxy = faulty(served.host)
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    client = client_of(go)
    for _ in range(3):
        go.remote.head(reference=ref, client=client)
    assert proxy.paths("GET") == ["/v2/"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"auth": Basic("ann", "secret")}, "Basic YW5uOnNlY3JldA=="),
        ({"auth": FromConfig(AuthConfig(auth="YW5uOnNlY3JldA=="))}, "Basic YW5uOnNlY3JldA=="),
        ({"auth": Bearer("token")}, "Bearer token"),
        ({}, None),
    ],
)
def test_credentials_are_sent(go, served, written, faulty, given, sent):
    proxy = faulty(served.host)
    go.remote.head(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=client_of(go, **given),
    )
    assert proxy.requests[-1].headers.get("authorization") == sent


def test_a_keychain_is_asked_for_the_repository(go, served, written, faulty):
    proxy = faulty(served.host)
    asked = []

    class Keychain:
        def resolve(self, resource):
            asked.append(str(resource))
            return Basic("ann", "secret")

    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    go.remote.head(reference=ref, client=client_of(go, keychain=Keychain()))
    assert asked == [f"{proxy.host}/tests/app"]
    assert proxy.requests[-1].headers["authorization"].startswith("Basic ")


def test_secrets_of_an_address_do_not_show(go, served, written, faulty):
    proxy = faulty(
        served.host,
        Fault("GET", "/manifests/", answer(307, headers={"Location": "/gone?token=s3cret"})),
        Fault("GET", "/gone", drop(), times=None),
    )
    with pytest.raises(TransportError) as raised:
        go.remote.get(
            reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
            client=impatient_client(go),
        )
    assert "/gone?token=REDACTED" in str(raised.value)
    assert "s3cret" not in str(raised.value) + raised.value.url


def test_a_proxy_is_used_that_is_asked_for(go, served, written, faulty):
    proxy = faulty(served.host)
    client = client_of(go, proxy=f"http://{proxy.host}")
    # Loopback is reached without proxies of the environment, but one that was asked for is used.
    go.remote.head(reference=written, client=client)
    assert proxy.requests


def test_files_that_are_not_there_are_told(go, tmp_path, served):
    for option in ("ca_file", "client_certificate"):
        with pytest.raises(MissingPathError, match="no such file"):
            go.remote.head(
                reference=served("a:1"),
                client=client_of(go, **{option: str(tmp_path / "none")}),
            )
    (tmp_path / "empty").touch()
    with pytest.raises(UnsupportedOptionError, match="no certificates"):
        go.remote.head(
            reference=served("a:1"),
            client=client_of(go, ca_file=str(tmp_path / "empty")),
        )


def test_nothing_is_left_when_clients_and_images_are_gone(go, written):
    before = open_handles()
    client = client_of(go)
    image = go.remote.image(reference=written, client=client)
    layers = image.layers()
    assert open_handles() == before + 2 + len(layers)
    del client, image, layers
    assert open_handles() == before
