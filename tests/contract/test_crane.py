"""``pyggcr.crane`` and what it writes down, on both engines; crane itself is the judge."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest
from support.faulty_proxy import Fault, answer

import pyggcr
from pyggcr import crane, errors, name, remote, tarball, types, v1, validate

DATA = Path(__file__).parent.parent / "data" / "docker"
PLAIN = DATA / "25.0.2" / "app-tag.tar"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"


@pytest.fixture
def app(real_registry, repository, engine):
    """A repository with an image, ``app:1``."""
    path = f"{real_registry.host}/{repository}"
    with tarball.image_from_path(GZIP, engine=engine) as image:
        crane.push(image, f"{path}:1", engine=engine)
    return path


@pytest.fixture
def indexed(app, engine):
    """``app:all``, an index of the image for linux/arm64 and of another for linux/amd64."""
    with tarball.image_from_path(PLAIN, engine=engine) as image:
        crane.push(image, f"{app}:other", engine=engine)
    entries = []
    for tag, architecture in (("1", "arm64"), ("other", "amd64")):
        described = crane.head(f"{app}:{tag}", engine=engine)
        entries.append(
            v1.Descriptor(
                described.media_type,
                described.size,
                described.digest,
                platform=v1.Platform(os="linux", architecture=architecture),
            )
        )
    index = Index(entries)
    remote.put(f"{app}:all", index, engine=engine)
    return index


def late(handler) -> None:
    """Pass a request on, a while after it came (``Fault``)."""
    time.sleep(0.3)
    handler.pass_on(lambda pieces: pieces)


class Index(v1.ImageIndex):
    """An index of which only the manifest is wanted."""

    def __init__(self, entries) -> None:
        listed = []
        for it in entries:
            entry = {"mediaType": str(it.media_type), "size": it.size, "digest": str(it.digest)}
            if it.platform is not None:
                platform = {"os": it.platform.os, "architecture": it.platform.architecture}
                entry["platform"] = platform
            listed.append(entry)
        self.entries = entries
        self.raw = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": types.MediaType.DOCKER_MANIFEST_LIST,
                "manifests": listed,
            }
        ).encode()

    def raw_manifest(self):
        return self.raw

    def media_type(self):
        return types.MediaType.DOCKER_MANIFEST_LIST

    def index_manifest(self):
        return v1.parse_index_manifest(self.raw)

    def digest(self):
        return v1.sha256(io.BytesIO(self.raw))[0]

    def size(self):
        return len(self.raw)

    def image(self, digest):
        raise AssertionError("nobody needs it")

    image_index = image


def test_documents(app, engine):
    with crane.pull(f"{app}:1", engine=engine) as image:
        assert crane.digest(f"{app}:1", engine=engine) == str(image.digest())
        assert crane.manifest(f"{app}:1", engine=engine) == image.raw_manifest()
        assert crane.config(f"{app}:1", engine=engine) == image.raw_config_file()
        layer = image.layers()[0]
        with crane.pull_layer(f"{app}@{layer.digest()}", engine=engine) as found:
            assert found.size() == layer.size()


def test_a_platform_chooses_an_image_of_an_index(app, indexed, engine):
    arm, amd = indexed.entries
    assert crane.digest(f"{app}:all", engine=engine) == str(indexed.digest())
    for platform, entry in (("linux/arm64", arm), ("linux/amd64", amd)):
        options = {"platform": platform, "engine": engine}
        assert crane.digest(f"{app}:all", **options) == str(entry.digest)
        assert len(crane.manifest(f"{app}:all", **options)) == entry.size
    assert crane.manifest(f"{app}:all", engine=engine) == indexed.raw


def test_tag_list_and_delete(app, engine):
    crane.tag(f"{app}:1", "2", engine=engine)
    assert sorted(crane.list_tags(app, engine=engine)) == ["1", "2"]
    crane.delete(f"{app}@{crane.digest(f'{app}:1', engine=engine)}", engine=engine)
    with pytest.raises(errors.TransportError):
        crane.digest(f"{app}:2", engine=engine)


@pytest.mark.parametrize("tag", ["!", "a/b", "a:b", "", "x" * 129])
def test_a_tag_that_is_none_is_refused(app, engine, tag):
    with pytest.raises(errors.InvalidReferenceError):
        crane.tag(f"{app}:1", tag, engine=engine)
    assert crane.list_tags(app, engine=engine) == ["1"]


def test_upload_and_catalog(app, real_registry, repository, engine):
    assert repository in crane.catalog(real_registry.host, engine=engine)
    with crane.pull(f"{app}:1", engine=engine) as image:
        layer = image.layers()[0]
        crane.upload(layer, f"{app}/more", engine=engine)
        with crane.pull_layer(f"{app}/more@{layer.digest()}", engine=engine) as found:
            assert found.size() == layer.size()


class TestCopy:
    def test_an_index_is_copied_whole(self, app, indexed, engine):
        crane.copy(f"{app}:all", f"{app}/copy:all", engine=engine)
        assert crane.manifest(f"{app}/copy:all", engine=engine) == indexed.raw
        with crane.pull(f"{app}/copy:all", platform="linux/arm64", engine=engine) as image:
            validate.image(image)

    def test_a_platform_copies_one_image(self, app, indexed, engine):
        crane.copy(f"{app}:all", f"{app}/copy:arm", platform="linux/arm64", engine=engine)
        copied = crane.digest(f"{app}/copy:arm", engine=engine)
        assert copied == str(indexed.entries[0].digest)

    def test_a_tag_that_is_there_can_be_left_alone(self, app, engine):
        crane.copy(f"{app}:1", f"{app}/copy:1", no_clobber=True, engine=engine)
        with pytest.raises(crane.RefusingToClobberError) as caught:
            crane.copy(f"{app}:1", f"{app}/copy:1", no_clobber=True, engine=engine)
        digest = crane.digest(f"{app}:1", engine=engine)
        assert str(caught.value) == f"refusing to clobber existing tag {app}/copy:1@{digest}"

    def test_all_tags(self, app, indexed, engine):
        copied = crane.copy_repository(app, f"{app}/copy", engine=engine)
        assert sorted(copied) == ["1", "all", "other"]
        assert sorted(crane.list_tags(f"{app}/copy", engine=engine)) == ["1", "all", "other"]
        again = crane.copy_repository(app, f"{app}/copy", no_clobber=True, engine=engine)
        assert again == []

    def test_what_an_index_lists_is_there_before_it(
        self, app, indexed, real_registry, faulty, engine
    ):
        listing = v1.Descriptor(indexed.media_type(), indexed.size(), indexed.digest())
        nested = Index([listing])
        remote.put(f"{app}:nested", nested, engine=engine)
        proxy = faulty(real_registry.host, Fault("GET", "manifests/(1|other|all)$", late, None))
        source = app.replace(real_registry.host, proxy.host)
        crane.copy_repository(source, f"{source}/copy", jobs=8, engine=engine)
        order = [path.rpartition("/")[2] for path in proxy.paths("PUT") if "/manifests/" in path]
        by_tag = [it for it in order if ":" not in it]
        assert sorted(by_tag[:2]) == ["1", "other"]
        assert by_tag[2:] == ["all", "nested"]
        # What was written once is not written again beside others.
        assert len(order) == len(by_tag)
        assert crane.digest(f"{app}/copy:nested", engine=engine) == str(nested.digest())

    def test_after_a_failure_no_more_tags_are_begun(self, app, real_registry, faulty, engine):
        for number in range(20):
            crane.tag(f"{app}:1", f"t{number}", engine=engine)
        refused = Fault("GET", "manifests/", answer(403), None)
        proxy = faulty(real_registry.host, refused)
        source = app.replace(real_registry.host, proxy.host)
        with pytest.raises(errors.TransportError, match="403"):
            crane.copy_repository(source, f"{app}/copy", jobs=2, engine=engine)
        assert len(proxy.paths("GET")) < 20

    def test_a_repository_that_is_not_there(self, app, engine):
        with pytest.raises(errors.TransportError):
            crane.copy_repository(f"{app}/none", f"{app}/copy", engine=engine)


def test_many_are_written_after_what_they_list(app, indexed, real_registry, faulty, engine):
    proxy = faulty(real_registry.host)
    target = f"{app}/many".replace(real_registry.host, proxy.host)
    listing = Index([v1.Descriptor(indexed.media_type(), indexed.size(), indexed.digest())])
    remote.put(f"{app}:nested", listing, engine=engine)
    with (
        remote.index(f"{app}:nested", engine=engine) as nested,
        remote.index(f"{app}:all", engine=engine) as index,
        remote.image(f"{app}:1", engine=engine) as one,
        remote.image(f"{app}:other", engine=engine) as other,
    ):
        parts = {"1": one, "other": other, "all": index, "nested": nested}
        remote.multi_write(
            {f"{target}:{tag}": part for tag, part in parts.items()}, jobs=8, engine=engine
        )
    put = [path.rpartition("/")[2] for path in proxy.paths("PUT") if "/manifests/" in path]
    assert sorted(put[:2]) == ["1", "other"]
    assert put[2:] == ["all", "nested"]


class TestSave:
    def test_an_archive_is_byte_for_byte_crane_s(self, app, engine, run_crane, tmp_path):
        ours, theirs = tmp_path / "ours.tar", tmp_path / "theirs.tar"
        with crane.pull(f"{app}:1", engine=engine) as image:
            crane.save({f"{app}:1": image}, ours)
        run_crane("pull", f"{app}:1", theirs)
        assert ours.read_bytes() == theirs.read_bytes()

    def test_of_a_digest_the_tag_says_so(self, app, engine, run_crane, tmp_path):
        digest = f"{app}@{crane.digest(f'{app}:1', engine=engine)}"
        ours, theirs = tmp_path / "ours.tar", tmp_path / "theirs.tar"
        with crane.pull(digest, engine=engine) as image:
            crane.save({digest: image}, ours)
        run_crane("pull", digest, theirs)
        assert ours.read_bytes() == theirs.read_bytes()

    def test_a_stream_will_do(self, app, engine, tmp_path):
        stream = io.BytesIO()
        stream.seek = stream.tell = None
        with crane.pull(f"{app}:1", engine=engine) as image:
            crane.save({"app": image}, stream)
            saved = tarball.image(lambda: io.BytesIO(stream.getvalue()), "app", engine=engine)
            with saved:
                assert saved.config_name() == image.config_name()
                validate.image(saved)
        (described,) = tarball.load_manifest(lambda: io.BytesIO(stream.getvalue()))
        assert described.repo_tags == ["app:latest"]

    def test_several_images_share_their_layers(self, app, indexed, engine, tmp_path):
        with (
            crane.pull(f"{app}:1", engine=engine) as one,
            crane.pull(f"{app}:other", engine=engine) as other,
        ):
            crane.save({"b:1": one, "a:1": other, "c:1": one}, tmp_path / "both.tar")
            for tag, image in (("a:1", other), ("b:1", one), ("c:1", one)):
                with tarball.image_from_path(tmp_path / "both.tar", tag, engine=engine) as saved:
                    assert saved.config_name() == image.config_name()
        described = tarball.load_manifest(tmp_path / "both.tar")
        assert [it.repo_tags for it in described] == [["a:1"], ["b:1", "c:1"]]

    def test_an_oci_layout_is_crane_s(self, app, indexed, engine, run_crane, tmp_path):
        ours, theirs = tmp_path / "ours", tmp_path / "theirs"
        with remote.index(f"{app}:all", engine=engine) as index:
            crane.save_oci({f"{app}:all": index}, ours)
        with crane.pull(f"{app}:1", engine=engine) as image:
            crane.save_oci({f"{app}:1": image}, ours, annotate=True)
        run_crane("pull", "--format=oci", f"{app}:all", theirs)
        run_crane("pull", "--format=oci", "--annotate-ref", f"{app}:1", theirs)
        assert files_of(ours) == files_of(theirs)

    def test_a_layout_can_be_opened(self, app, engine, tmp_path):
        with crane.pull(f"{app}:1", engine=engine) as image:
            crane.save_oci({f"{app}:1": image}, tmp_path / "layout", annotate=True)
            with pyggcr.open(tmp_path / "layout") as store:
                assert store.image().digest() == image.digest()
                validate.image(store.image())

    def test_a_layer_that_is_too_short_is_not_saved(self, tmp_path, engine):
        with tarball.image_from_path(GZIP, engine="python") as image:
            broken = Short(image)
            with pytest.raises(errors.ValidationError, match="expected blob size"):
                crane.save_oci({"app": broken}, tmp_path / "layout")
            with pytest.raises(errors.ArchiveError, match="missed writing [0-9]+ bytes"):
                crane.save({"app": broken}, tmp_path / "saved.tar")
        assert not (tmp_path / "saved.tar").exists()
        assert [it for it in files_of(tmp_path / "layout") if it.startswith("blobs/")] == []


class Short:
    """An image whose layers end too early."""

    def __init__(self, image) -> None:
        self.image = image

    def __getattr__(self, name):
        return getattr(self.image, name)

    def layers(self):
        return [ShortLayer(layer) for layer in self.image.layers()]


v1.Image.register(Short)


class ShortLayer:
    def __init__(self, layer) -> None:
        self.layer = layer

    def __getattr__(self, name):
        return getattr(self.layer, name)

    def compressed(self):
        with self.layer.compressed() as stream:
            return io.BytesIO(stream.read()[:-1])


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_credentials_come_from_docker_s_configuration(
    locked_registry, repository, engine, monkeypatch, tmp_path
):
    target = f"{locked_registry.host}/{repository}:1"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(errors.TransportError) as caught:
        crane.digest(target, engine=engine)
    assert caught.value.status == 401
    pair = {"username": "ann", "password": "secret-of-ann"}
    config = {"auths": {locked_registry.host: pair}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with tarball.image_from_path(GZIP, engine=engine) as image:
        crane.push(image, target, engine=engine)
        assert crane.digest(target, engine=engine) == str(image.digest())


def test_a_reference_is_parsed_once(app, engine):
    crane.copy(f"{app}:1", name.new_tag(f"{app}/by-name:1").name(), engine=engine)
    assert crane.list_tags(f"{app}/by-name", engine=engine) == ["1"]
