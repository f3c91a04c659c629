"""Every function of ``pyggcr.remote`` on both engines, against a real registry and ours."""

from __future__ import annotations

import contextlib
import gc
import io
import json
from pathlib import Path

import pytest
from support.boundary import wait_until

import pyggcr
from pyggcr import errors, limits, name, partial, registry, remote, tarball, types, v1, validate
from pyggcr._values.remote import RemoteOptions, Retry

DATA = Path(__file__).parent.parent / "data" / "docker"
# Layers stored as they are (Docker 25), and gzip layers (containerd's image store).
PLAIN = DATA / "25.0.2" / "app-tag.tar"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"
OTHER_ENGINE = {"go": "python", "python": "go"}

IMPATIENT = Retry(duration=0.01, steps=2)


class ForeignLayer:
    """A layer that is not to be distributed, known by its content."""

    def diff_id(self) -> v1.Hash:
        return v1.sha256(self.uncompressed())[0]

    def uncompressed(self) -> io.RawIOBase:
        return io.BytesIO(bytes(1024))

    def media_type(self) -> types.MediaType:
        return types.MediaType.DOCKER_FOREIGN_LAYER


def connections_to(host):
    """How many connections this machine has to a registry, of all its processes."""
    port = int(host.rpartition(":")[2])
    established = "01"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(
        int(remote.rpartition(":")[2], 16) == port and state == established
        for _number, _local, remote, state, *_rest in fields
    )


@pytest.fixture(params=[PLAIN, GZIP], ids=["plain", "gzip"])
def image(request, engine):
    with tarball.image_from_path(request.param, engine=engine) as opened:
        yield opened


@pytest.fixture
def app(host, repository):
    """A repository in each registry."""
    return f"{host}/{repository}"


@pytest.fixture
def pushed(app, image, engine):
    """The image under ``app:1``."""
    remote.write(f"{app}:1", image, engine=engine)
    return image


def test_what_is_written_can_be_pulled_and_is_valid(app, pushed, engine):
    with remote.image(f"{app}:1", engine=engine) as pulled:
        assert pulled.engine == engine
        assert pulled.raw_manifest() == pushed.raw_manifest()
        assert pulled.raw_config_file() == pushed.raw_config_file()
        for ours, theirs in zip(pulled.layers(), pushed.layers(), strict=True):
            with ours.compressed() as one, theirs.compressed() as other:
                assert one.read() == other.read()
        validate.image(pulled)


def test_get_gives_the_manifest_as_it_is(app, pushed, engine):
    found = remote.get(f"{app}:1", engine=engine)
    assert found.manifest == found.raw_manifest() == pushed.raw_manifest()
    assert found.descriptor.digest == pushed.digest()
    assert found.descriptor.size == pushed.size()
    assert found.descriptor.media_type == pushed.media_type()
    with found.image() as pulled:
        assert pulled.digest() == pushed.digest()
    with pytest.raises(errors.Error, match=r"unexpected media type for ImageIndex\(\)"):
        found.image_index()


def test_head_gives_the_descriptor(app, pushed, engine):
    found = remote.head(f"{app}:1", engine=engine)
    assert (found.digest, found.size) == (pushed.digest(), pushed.size())
    assert found.media_type == pushed.media_type()


def test_a_parsed_reference_will_do_and_so_will_a_digest(app, pushed, engine):
    by_digest = name.new_repository(app).digest(str(pushed.digest()))
    assert remote.head(by_digest, engine=engine).digest == pushed.digest()


def test_a_layer_by_its_digest(app, pushed, engine):
    wanted = pushed.layers()[-1]
    with remote.layer(f"{app}@{wanted.digest()}", engine=engine) as found:
        assert (found.digest(), found.size()) == (wanted.digest(), wanted.size())
        assert found.diff_id() == wanted.diff_id()
        with found.compressed() as one, wanted.compressed() as other:
            assert one.read() == other.read()


def test_tags_and_the_catalog(app, repository, host, pushed, engine):
    remote.tag(f"{app}:2", pushed, engine=engine)
    remote.put(f"{app}:3", remote.get(f"{app}:1", engine=engine), engine=engine)
    assert sorted(remote.list_tags(app, engine=engine)) == ["1", "2", "3"]
    assert repository in remote.catalog(host, engine=engine)
    for tag in ("2", "3"):
        assert remote.head(f"{app}:{tag}", engine=engine).digest == pushed.digest()


def test_pages_are_put_together(real_registry, repository, engine):
    # This registry pages its catalog; its tags it gives all at once.
    names = [f"{repository}/{number}" for number in range(3)]
    with tarball.image_from_path(GZIP, engine=engine) as image:
        for path in names:
            remote.write(f"{real_registry.host}/{path}:1", image, engine=engine)
    found = remote.catalog(real_registry.host, page_size=1, engine=engine)
    assert found == remote.catalog(real_registry.host, engine=engine)
    assert [path for path in found if path in names] == names


def test_delete_takes_a_manifest_away(app, pushed, engine):
    remote.delete(f"{app}@{pushed.digest()}", engine=engine)
    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{app}@{pushed.digest()}", engine=engine)
    assert caught.value.status == 404


def test_push_copies_from_another_repository(app, pushed, engine):
    remote.push(f"{app}/copy:1", remote.get(f"{app}:1", engine=engine), engine=engine)
    with remote.image(f"{app}/copy:1", engine=engine) as copied:
        assert copied.digest() == pushed.digest()
        validate.image(copied)


def test_a_layer_can_be_written_alone(app, engine):
    with tarball.image_from_path(PLAIN, engine=engine) as image:
        wanted = image.layers()[0]
        remote.write_layer(app, wanted, engine=engine)
        with remote.layer(f"{app}@{wanted.digest()}", engine=engine) as found:
            assert found.size() == wanted.size()


@pytest.mark.parametrize("allowed", [False, True])
def test_what_must_not_be_distributed_is_left_out_unless_allowed(app, engine, allowed):
    layer = partial.uncompressed_to_layer(ForeignLayer())
    remote.write_layer(app, layer, engine=engine, allow_nondistributable_artifacts=allowed)
    with remote.layer(f"{app}@{layer.digest()}", engine=engine) as stored:
        if allowed:
            assert stored.size() == layer.size()
        else:
            with pytest.raises(errors.TransportError) as raised:
                stored.size()
            assert raised.value.status == 404


def test_many_images_at_once(app, engine):
    with (
        tarball.image_from_path(PLAIN, engine=engine) as one,
        tarball.image_from_path(GZIP, engine=engine) as other,
    ):
        remote.multi_write({f"{app}:plain": one, f"{app}:gzip": other}, engine=engine)
        assert remote.head(f"{app}:plain", engine=engine).digest == one.digest()
        assert remote.head(f"{app}:gzip", engine=engine).digest == other.digest()


def test_one_may_push_where_everybody_may(app, engine):
    remote.check_push_permission(f"{app}:1", engine=engine)


class TestIndex:
    @pytest.fixture
    def index(self, app, engine):
        """An index of two images, for two platforms, under ``app:all``."""
        entries = []
        for path, architecture in ((PLAIN, "amd64"), (GZIP, "arm64")):
            with tarball.image_from_path(path, engine=engine) as image:
                remote.write(f"{app}@{image.digest()}", image, engine=engine)
                entries.append(
                    {
                        "mediaType": str(image.media_type()),
                        "digest": str(image.digest()),
                        "size": image.size(),
                        "platform": {"os": "linux", "architecture": architecture},
                    }
                )
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": types.MediaType.OCI_IMAGE_INDEX,
                "manifests": entries,
            }
        ).encode()
        remote.put(f"{app}:all", OwnIndex(raw), engine=engine)
        return v1.parse_index_manifest(raw)

    def test_it_can_be_pulled(self, app, index, engine):
        with remote.index(f"{app}:all", engine=engine) as pulled:
            assert pulled.raw_manifest() == index.raw
            assert pulled.index_manifest().manifests == index.manifests
            with pulled.image(index.manifests[1].digest) as image:
                validate.image(image)

    @pytest.mark.parametrize(("platform", "number"), [("linux/amd64", 0), ("linux/arm64", 1)])
    def test_an_image_is_chosen_by_its_platform(self, app, index, engine, platform, number):
        with remote.image(f"{app}:all", platform=platform, engine=engine) as image:
            assert image.digest() == index.manifests[number].digest

    def test_a_platform_that_it_lacks(self, app, index, engine):
        with pytest.raises(errors.ImageNotFoundError) as caught:
            remote.image(f"{app}:all", platform="linux/s390x", engine=engine)
        assert "no child with platform linux/s390x in index" in str(caught.value)

    def test_it_can_be_written_elsewhere(self, app, index, engine):
        with remote.index(f"{app}:all", engine=engine) as pulled:
            remote.write_index(f"{app}/copy:all", pulled, engine=engine)
        for platform in ("linux/amd64", "linux/arm64"):
            with remote.image(f"{app}/copy:all", platform=platform, engine=engine) as image:
                validate.image(image)


class OwnIndex(v1.ImageIndex):
    """An index of the user's own, of which only the manifest is wanted."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def raw_manifest(self):
        return self.raw

    def media_type(self):
        return types.MediaType.OCI_IMAGE_INDEX

    def index_manifest(self):
        return v1.parse_index_manifest(self.raw)

    def digest(self):
        raise AssertionError("nobody needs it")

    size = image = image_index = digest


class TestReferrers:
    """With the API of OCI 1.1, and without it under a tag; each registry and engine."""

    @pytest.fixture(params=["go", "python"])
    def serve(self, request, require):
        """``serve(referrers=…)``: the address of a registry in this process."""
        with contextlib.ExitStack() as servers:

            def start(**options):
                try:
                    server = registry.serve(engine=request.param, **options)
                except errors.EngineUnavailableError as error:
                    require(f"registry by {request.param}", str(error))
                return servers.enter_context(server).host

            yield start

    @pytest.fixture
    def attach(self, image, engine):
        """``attach(app, **options)``: the digest of what refers to ``app:1`` now."""

        def do(app, **options):
            remote.write(f"{app}:1", image, engine=engine)
            document = json.loads(image.raw_manifest())
            document["mediaType"] = types.MediaType.OCI_MANIFEST_SCHEMA1
            document["subject"] = {
                "mediaType": str(image.media_type()),
                "digest": str(image.digest()),
                "size": image.size(),
            }
            signature = Referring(image, json.dumps(document).encode())
            remote.put(f"{app}:signature", signature, engine=engine, **options)
            return signature.digest()

        return do

    def found(self, app, image, engine, **options):
        with remote.referrers(f"{app}@{image.digest()}", engine=engine, **options) as index:
            return [entry.digest for entry in index.index_manifest().manifests or ()]

    def test_a_registry_that_knows_them_is_asked(self, serve, attach, image, engine):
        app = f"{serve(referrers=True)}/team/app"
        signature = attach(app, referrers_tag_fallback=False)
        for fallback in (True, False):
            found = self.found(app, image, engine, referrers_tag_fallback=fallback)
            assert found == [signature]
        assert remote.list_tags(app, engine=engine) == ["1", "signature"]

    def test_elsewhere_a_tag_stands_in(self, serve, attach, image, engine):
        app = f"{serve(referrers=False)}/team/app"
        signature = attach(app)
        assert self.found(app, image, engine) == [signature]
        tag = f"sha256-{image.digest().hex}"
        assert sorted(remote.list_tags(app, engine=engine)) == ["1", tag, "signature"]

    def test_so_it_does_in_a_real_registry(self, real_registry, repository, attach, image, engine):
        app = f"{real_registry.host}/{repository}"
        assert self.found(app, image, engine) == []
        signature = attach(app)
        assert self.found(app, image, engine) == [signature]

    def test_without_either_there_is_an_error(self, serve, attach, image, engine):
        host = serve(referrers=False)
        with pytest.raises(errors.Error) as caught:
            attach(f"{host}/team/app", referrers_tag_fallback=False)
        refusal = (
            f"registry {host} does not support the Referrers API and the referrers tag fallback "
            "is disabled"
        )
        assert str(caught.value) == refusal
        with pytest.raises(errors.Error) as caught:
            self.found(f"{host}/team/app", image, engine, referrers_tag_fallback=False)
        assert str(caught.value) == refusal

    def test_they_are_chosen_by_their_type(self, serve, attach, image, engine):
        app = f"{serve(referrers=True)}/team/app"
        signature = attach(app)
        kind = str(image.manifest().config.media_type)
        assert self.found(app, image, engine, filter={"artifactType": kind}) == [signature]
        assert self.found(app, image, engine, filter={"artifactType": "application/x"}) == []

    def test_nothing_refers(self, app, pushed, engine):
        assert self.found(app, pushed, engine) == []


class Referring(v1.Image):
    """Another image with a manifest of its own, which has a subject."""

    def __init__(self, image, raw: bytes) -> None:
        self.image, self.raw = image, raw

    def raw_manifest(self):
        return self.raw

    def manifest(self):
        return v1.parse_manifest(self.raw)

    def media_type(self):
        return types.MediaType.OCI_MANIFEST_SCHEMA1

    def digest(self):
        return v1.sha256(io.BytesIO(self.raw))[0]

    def size(self):
        return len(self.raw)

    def raw_config_file(self):
        return self.image.raw_config_file()

    def config_file(self):
        return self.image.config_file()

    def config_name(self):
        return self.image.config_name()

    def layers(self):
        return self.image.layers()

    def layer_by_digest(self, digest):
        return self.image.layer_by_digest(digest)

    def layer_by_diff_id(self, diff_id):
        return self.image.layer_by_diff_id(diff_id)


class TestErrors:
    def test_a_name_that_is_not_there(self, app, engine):
        with pytest.raises(errors.TransportError) as caught:
            remote.get(f"{app}:none", engine=engine)
        error = caught.value
        assert (error.method, error.status) == ("GET", 404)
        assert error.url.endswith("/manifests/none")
        assert error.diagnostics[0].code in ("NAME_UNKNOWN", "MANIFEST_UNKNOWN")
        assert str(error) == f"GET {error.url}: " + "; ".join(map(str, error.diagnostics))

    def test_head_has_no_details(self, app, engine):
        with pytest.raises(errors.TransportError) as caught:
            remote.head(f"{app}:none", engine=engine)
        assert str(caught.value) == (
            f"HEAD {caught.value.url}: unexpected status code 404 Not Found "
            "(HEAD responses have no body, use GET for details)"
        )

    def test_nobody_listens(self, engine):
        with pytest.raises(errors.TransportError) as caught:
            remote.get("127.0.0.1:1/app:1", engine=engine, retry=IMPATIENT)
        assert caught.value.status == 0
        assert str(caught.value).endswith("dial tcp 127.0.0.1:1: connect: connection refused")

    @pytest.mark.parametrize("port", ["65536", "9" * 30])
    def test_a_port_that_is_none(self, engine, port):
        with pytest.raises(errors.TransportError) as caught:
            remote.get(f"127.0.0.1:{port}/app:1", engine=engine, retry=IMPATIENT)
        assert str(caught.value).endswith(f"dial tcp: address {port}: invalid port")

    @pytest.mark.parametrize("function", [remote.get, remote.image, remote.delete])
    def test_a_text_that_is_no_reference(self, engine, function):
        with pytest.raises(errors.InvalidReferenceError):
            function("NO GOOD", engine=engine)

    def test_options_that_contradict_each_other(self, engine):
        with pytest.raises(errors.UnsupportedOptionError):
            remote.get("127.0.0.1:1/app:1", engine=engine, jobs=0)

    def test_an_option_that_does_not_exist(self, engine):
        with pytest.raises(TypeError, match="colour"):
            remote.get("127.0.0.1:1/app:1", engine=engine, colour="red")

    def test_a_call_that_is_cancelled_does_nothing(self, app, engine):
        token = limits.CancelToken()
        token.cancel()
        with pytest.raises(errors.CancelledError):
            remote.get(f"{app}:1", engine=engine, cancel=token)


class TestClients:
    def test_a_puller_does_what_the_functions_do(self, app, repository, host, pushed, engine):
        puller = remote.Puller(engine=engine)
        digest = pushed.digest()
        assert puller.engine == engine
        assert puller.head(f"{app}:1").digest == digest
        assert puller.get(f"{app}:1").descriptor.digest == digest
        assert puller.list_tags(app) == ["1"]
        assert repository in puller.catalog(host)
        with puller.image(f"{app}:1") as image:
            validate.image(image)
        wanted = pushed.layers()[0].digest()
        with puller.layer(f"{app}@{wanted}", timeout=30) as layer:
            assert layer.digest() == wanted
        with puller.referrers(f"{app}@{digest}") as found:
            assert not found.index_manifest().manifests

    def test_a_pusher_does_what_the_functions_do(self, app, image, engine):
        pusher = remote.Pusher(engine=engine)
        pusher.upload(app, image.layers()[0])
        pusher.push(f"{app}:1", image, timeout=60)
        pusher.put(f"{app}:2", image)
        assert sorted(remote.list_tags(app, engine=engine)) == ["1", "2"]
        pusher.delete(f"{app}@{image.digest()}")
        with pytest.raises(errors.TransportError):
            remote.get(f"{app}@{image.digest()}", engine=engine)

    def test_what_was_fetched_outlives_its_client(self, app, pushed, engine):
        with remote.Puller(engine=engine) as puller:
            found = puller.get(f"{app}:1")
            image = puller.image(f"{app}:1")
            layer = puller.layer(f"{app}@{pushed.layers()[0].digest()}")
        with image, layer, found.image() as described:
            validate.image(image)
            validate.image(described)
            with layer.compressed() as ours, pushed.layers()[0].compressed() as theirs:
                assert ours.read() == theirs.read()

    @pytest.mark.parametrize("kind", [remote.Puller, remote.Pusher])
    def test_a_closed_client_refuses_further_calls(self, app, image, engine, kind):
        client = kind(engine=engine)
        if kind is remote.Pusher:
            client.push(f"{app}:1", image)
        client.close()
        client.close()
        with pytest.raises(errors.ClosedError, match="^client already closed$"):
            client.head(f"{app}:1") if kind is remote.Puller else client.push(f"{app}:1", image)

    def test_idle_connections_end_with_the_client(self, host, app, pushed, engine):
        before = connections_to(host)
        with remote.Puller(engine=engine) as puller:
            puller.list_tags(app)
            assert connections_to(host) > before
        wait_until(lambda: connections_to(host) <= before)

    def test_idle_connections_end_with_a_call(self, host, app, pushed, engine):
        before = connections_to(host)
        remote.list_tags(app, engine=engine)
        remote.head(f"{app}:1", engine=engine)
        wait_until(lambda: connections_to(host) <= before)

    def test_an_image_uses_the_connections_of_the_call_that_fetched_it(
        self, host, app, pushed, engine
    ):
        wait_until(lambda: gc.collect() >= 0 and connections_to(host) == 0)
        image = remote.image(f"{app}:1", engine=engine)
        kept = connections_to(host)
        assert kept > 0
        image.raw_config_file()
        assert connections_to(host) == kept
        image.close()
        del image
        wait_until(lambda: gc.collect() >= 0 and connections_to(host) == 0)

    def test_a_client_of_the_other_engine_is_refused(self, app, engine, go_engine):
        other = pyggcr.engine.select(OTHER_ENGINE[engine]).remote
        with other.client(options=RemoteOptions()) as client, pytest.raises(TypeError):
            pyggcr.engine.select(engine).remote.head(
                client=client, reference=name.parse_reference(f"{app}:1")
            )

    def test_a_limit_ends_a_method(self, app, engine):
        token = limits.CancelToken()
        token.cancel()
        with pytest.raises(errors.CancelledError):
            remote.Puller(engine=engine).head(f"{app}:1", cancel=token)


def test_progress_counts_the_bytes_of_a_push(real_registry, repository, engine):
    seen = []
    with tarball.image_from_path(PLAIN, engine=engine) as image:
        remote.write(
            f"{real_registry.host}/{repository}:1", image, engine=engine, progress=seen.append
        )
    counts = [progress.bytes_read for progress in seen]
    assert counts == sorted(counts)
    assert counts


def test_a_reference_is_checked_before_the_files_of_a_client(engine):
    with pytest.raises(errors.InvalidReferenceError):
        remote.get("no reference", ca_file="/nowhere/ca.pem", engine=engine)
    with pytest.raises(errors.InvalidReferenceError):
        remote.Puller(ca_file="/nowhere/ca.pem", engine=engine).get("no reference")


def test_without_a_choice_the_engine_in_force_is_asked(real_registry, engine):
    with pyggcr.use_engine(engine):
        assert remote.Puller().engine == engine


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda **options: remote.head(5, **options), "expected a text or a Reference, not int"),
        (
            lambda **options: remote.layer(name.new_tag("registry.example.com/a:1"), **options),
            "expected a text or a Digest, not Tag",
        ),
        (
            lambda **options: remote.list_tags(None, **options),
            "expected a text or a Repository, not NoneType",
        ),
        (
            lambda **options: remote.catalog([], **options),
            "expected a text or a Registry, not list",
        ),
        (
            lambda **options: remote.tag(b"a", None, **options),
            "expected a text or a Tag, not bytes",
        ),
    ],
    ids=["reference", "digest", "repository", "registry", "tag"],
)
def test_what_is_no_reference_is_told_so(engine, call, text):
    with pytest.raises(TypeError) as caught:
        call(engine=engine)
    assert str(caught.value) == text


def test_more_jobs_than_there_ever_are_cost_nothing(real_registry, repository, engine):
    place, many = f"{real_registry.host}/{repository}:1", 10**9
    with tarball.image_from_path(GZIP, engine=engine) as image:
        remote.write(place, image, jobs=many, engine=engine, timeout=20)
    assert remote.list_tags(place.rpartition(":")[0], jobs=many, engine=engine, timeout=20) == ["1"]
