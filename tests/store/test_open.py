"""``pyggcr.open``: which images there are, how one is chosen, and what each is made of."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from support.layouts import (
    ATTESTATION,
    CONTAINERD_NAME,
    OCI_CONFIG,
    REF_NAME,
    Layout,
    tar_of,
    write_folder,
)

import pyggcr
from pyggcr import limits, partial, tarball, v1, validate
from pyggcr.differential.generate.archives import (
    DOCKER_FOREIGN,
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    sha256,
)
from pyggcr.errors import (
    AmbiguousImageError,
    ArchiveError,
    CancelledError,
    ClosedError,
    Error,
    ImageNotFoundError,
    InvalidHashError,
    InvalidPlatformError,
    MismatchedLayersError,
    TagNotFoundError,
    UnknownBlobError,
    UnknownDiffIDError,
    UnsupportedOptionError,
    ValidationError,
)
from pyggcr.testing.strategies import image_lists
from pyggcr.types import MediaType


def simple(number: int = 0, compression: str = "gzip", **more) -> ImageSpec:
    """An image of one layer, which differs by its number."""
    layer = LayerSpec(layer_tar({f"file-{number}": b"%d" % number}), compression)
    return ImageSpec(layers=[layer], **more)


# --- Which images there are ---


def test_images_of_manifest_json_come_first_then_those_that_index_json_alone_has(opened) -> None:
    saved, both, listed = (simple(number, tags=[f"app:{number}"]) for number in range(3))
    layout = Layout()
    layout.roots = [
        layout.add_image(listed, annotations={REF_NAME: "listed"}),
        layout.add_image(both, annotations={REF_NAME: "both"}),
    ]
    archive = tar_of(
        {**layout.finished(), **dict(contents_of(docker_save([both, saved])))},
    )
    store = opened(archive)
    assert [image.tags for image in store.images()] == [("app:1",), ("app:0",), ("listed",)]
    for image in store.images():
        validate.image(image)


def contents_of(archive: bytes):
    """Names and contents of a tar's files."""
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for info in tar:
            yield info.name, tar.extractfile(info).read()


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_an_image_of_a_layout_keeps_its_manifest(opened, tmp_path: Path, mixed_image, form) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(mixed_image)]
    what = layout.tar() if form == "tar" else write_folder(layout.finished(), tmp_path / "layout")
    image = opened(what).image()
    validate.image(image)
    assert str(image.digest()) == layout.roots[0]["digest"]
    assert image.media_type() == MediaType.OCI_MANIFEST_SCHEMA1
    assert [layer.media_type() for layer in image.layers()] == [
        MediaType.OCI_UNCOMPRESSED_LAYER,
        MediaType.OCI_LAYER,
        MediaType.OCI_LAYER_ZSTD,
        MediaType.OCI_UNCOMPRESSED_LAYER,
    ]
    for layer, spec in zip(image.layers(), mixed_image.layers, strict=True):
        assert str(layer.digest()) == sha256(spec.stored())
        assert str(layer.diff_id()) == sha256(spec.content)
        with layer.compressed() as blob, layer.uncompressed() as content:
            assert blob.read() == spec.stored()
            assert content.read() == spec.content


def test_an_image_listed_under_two_names_is_one_with_two_tags(opened) -> None:
    layout = Layout()
    layout.roots = [
        layout.add_image(simple(), annotations={CONTAINERD_NAME: "docker.io/library/app:1"}),
        layout.add_image(simple(), annotations={CONTAINERD_NAME: "docker.io/team/app:2"}),
        layout.add_image(simple(), annotations={CONTAINERD_NAME: "registry.example.com/app:3"}),
    ]
    assert opened(layout.tar()).image().tags == (
        "app:1",
        "team/app:2",
        "registry.example.com/app:3",
    )


def test_attestations_artifacts_and_what_is_not_there_are_no_images(opened) -> None:
    layout = Layout()
    present = layout.add_image(simple(1))
    absent = Layout().add_image(simple(2))
    absent_index = Layout().add_index([])
    attestation = layout.add_image(simple(3), annotations=ATTESTATION)
    unknown = layout.add_image(simple(4), platform={"os": "unknown", "architecture": "unknown"})
    artifact = layout.add_blob(
        json.dumps(
            {
                "schemaVersion": 2,
                "config": layout.add_blob(b"{}", "application/vnd.oci.empty.v1+json"),
                "layers": [],
            }
        ).encode(),
        "application/vnd.oci.image.manifest.v1+json",
    )
    other = layout.add_blob(b"text", "text/plain")
    index = layout.add_index([absent, attestation, present, unknown, artifact])
    layout.roots = [absent_index, index, other]
    store = opened(layout.tar())
    assert [str(image.digest()) for image in store.images()] == [present["digest"]]
    assert store.passed_over == ()


def test_descriptors_without_a_media_type_are_told_by_what_they_describe(opened) -> None:
    layout = Layout()
    image = layout.add_image(simple())
    index = layout.add_index([{**image, "mediaType": ""}])
    layout.roots = [{**index, "mediaType": ""}]
    assert str(opened(layout.tar()).image().digest()) == image["digest"]


def test_a_blob_that_is_not_what_its_digest_says_costs_only_its_image(opened) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(simple(1)), layout.add_image(simple(2))]
    broken = layout.roots[0]["digest"].partition(":")[2]
    layout.files[f"blobs/sha256/{broken}"] += b" "
    store = opened(layout.tar())
    assert len(store.images()) == 1
    (problem,) = store.passed_over
    assert str(problem).startswith(f"blobs/sha256/{broken}: the content has the digest sha256:")


def test_an_image_without_one_of_its_layers_is_told_where_it_is_the_only_one(opened) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(simple())]
    layer = "blobs/sha256/" + sha256(simple().layers[0].stored()).partition(":")[2]
    del layout.files[layer]
    with pytest.raises(ArchiveError, match=f"made-0.tar: .*{layer} is not there$"):
        opened(layout.tar())


@pytest.mark.parametrize(
    "index",
    [b'{"schemaVersion":2,"manifests":null}', b"{", b"[]", b"null", b"", b'{"manifests":[7]}'],
)
def test_manifest_json_wins_over_a_broken_index_json(opened, index: bytes) -> None:
    files = dict(contents_of(docker_save([simple(tags=["app:1"])])))
    assert opened(tar_of({**files, "index.json": index})).image().tags == ("app:1",)


# --- The choice ---


@pytest.fixture
def store(opened):
    """Three images: two tags, no tag, and two platforms under one tag in an index."""
    saved = [
        simple(1, tags=["app:1", "registry.example.com:5000/app:1"]),
        simple(2, "none", config={"architecture": "arm64", "variant": "v8"}),
    ]
    layout = Layout()
    platforms = [
        layout.add_image(simple(number, config={"architecture": kind}))
        for number, kind in ((3, "amd64"), (4, "s390x"))
    ]
    layout.roots = [layout.add_index(platforms, annotations={REF_NAME: "both:1"})]
    return opened(tar_of({**layout.finished(), **dict(contents_of(docker_save(saved)))}))


@pytest.mark.parametrize("tag", ["app:1", "library/app:1", "registry.example.com:5000/app:1"])
def test_a_tag_is_compared_in_full(store, tag: str) -> None:
    assert store.image(tag=tag).tags[0] == "app:1"
    assert store.image(tag=pyggcr.name.new_tag(tag)).tags[0] == "app:1"


def test_a_tag_that_is_no_name_is_found_as_it_is_written(opened) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(simple(), annotations={REF_NAME: "Not A Name"})]
    assert opened(layout.tar()).image(tag="Not A Name").tags == ("Not A Name",)


def test_an_image_is_chosen_by_its_digest_or_that_of_its_config(store) -> None:
    for image in store.images():
        assert store.image(digest=image.digest()).digest() == image.digest()
        assert store.image(digest=str(image.config_name())).digest() == image.digest()


def test_a_platform_chooses_among_those_of_a_tag(store) -> None:
    assert len(store.images(tag="both:1")) == 2
    assert str(store.image(tag="both:1", platform="linux/s390x").platform) == "linux/s390x"
    assert str(store.image(platform=v1.Platform(architecture="arm64")).platform) == (
        "linux/arm64/v8"
    )


def test_several_images_are_named_when_one_is_asked_for(store) -> None:
    with pytest.raises(AmbiguousImageError) as caught:
        store.image()
    text = str(caught.value)
    assert "4 images to choose from by tag, digest or platform: app:1 registry.example" in text
    assert f"untagged {store.images()[1].config_name()} (linux/arm64/v8)" in text
    assert text.endswith("both:1 (linux/amd64), both:1 (linux/s390x)")


@pytest.mark.parametrize(
    ("asked", "kind", "text"),
    [
        ({"tag": "none:1"}, TagNotFoundError, "no image has the tag none:1; there are app:1 "),
        ({"tag": "NO NAME"}, TagNotFoundError, "no image has the tag NO NAME; there are app:1 "),
        (
            {"platform": "plan9/mips"},
            ImageNotFoundError,
            "no image is of platform plan9/mips; there are app:1 ",
        ),
        (
            {"tag": "both:1", "platform": "linux/arm64"},
            ImageNotFoundError,
            "no image is of tag both:1 and platform linux/arm64; there are app:1 ",
        ),
        (
            {"digest": "sha256:" + "0" * 64},
            ImageNotFoundError,
            f"no image is of digest sha256:{'0' * 64}; there are app:1 ",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is(store, asked, kind, text: str) -> None:
    assert store.images(**asked) == []
    with pytest.raises(kind) as caught:
        store.image(**asked)
    assert text in str(caught.value)
    assert store.path in str(caught.value)


def test_what_is_no_digest_or_platform_is_an_error(store) -> None:
    with pytest.raises(InvalidHashError):
        store.images(digest="latest")
    with pytest.raises(InvalidPlatformError):
        store.images(platform="a/b/c/d")


def test_an_error_names_twenty_images_at_most(opened) -> None:
    many = opened(docker_save([simple(number, tags=[f"app:{number}"]) for number in range(23)]))
    with pytest.raises(AmbiguousImageError) as caught:
        many.image()
    assert "app:19 (linux/amd64), 3 more" in str(caught.value)
    assert "app:20" not in str(caught.value)


def test_a_damaged_image_does_not_hide_the_others(opened) -> None:
    files = dict(contents_of(docker_save([simple(1, tags=["a:1"]), simple(2, tags=["b:1"])])))
    config = json.loads(files["manifest.json"])[0]["Config"]
    del files[config]
    store = opened(tar_of(files))
    assert store.image(platform="linux/amd64").tags == ("b:1",)
    assert store.image(digest=store.image(tag="b:1").digest()).tags == ("b:1",)
    with pytest.raises(ArchiveError, match=f"file {config} not found in tar"):
        store.image(tag="a:1").config_file()
    with pytest.raises(AmbiguousImageError, match="an image whose config cannot be read"):
        store.image()


# --- What an image is made of ---


def test_a_mixed_archive_gets_a_manifest_of_what_each_layer_is(opened, mixed_image) -> None:
    image = opened(docker_save([mixed_image])).image()
    validate.image(image)
    assert image.media_type() == MediaType.OCI_MANIFEST_SCHEMA1
    assert image.manifest().config.media_type == MediaType.OCI_CONFIG_JSON
    assert [entry.media_type for entry in image.manifest().layers] == [
        MediaType.OCI_LAYER,
        MediaType.OCI_LAYER,
        MediaType.OCI_LAYER_ZSTD,
        MediaType.OCI_LAYER,
    ]
    gzipped, *blobs, again = image.layers()
    assert gzipped.digest() == again.digest()
    assert [str(blob.digest()) for blob in blobs] == [
        sha256(layer.stored()) for layer in mixed_image.layers[1:3]
    ]
    assert [str(layer.diff_id()) for layer in image.layers()] == [
        sha256(layer.content) for layer in mixed_image.layers
    ]


def test_plain_and_gzip_layers_make_a_docker_image(opened, mixed_image) -> None:
    del mixed_image.layers[2]
    image = opened(docker_save([mixed_image])).image()
    validate.image(image)
    assert image.media_type() == MediaType.DOCKER_MANIFEST_SCHEMA2
    assert {layer.media_type() for layer in image.layers()} == {MediaType.DOCKER_LAYER}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A path that each example writes its archive to."""
    return tmp_path_factory.mktemp("made") / "archive.tar"


@given(images=image_lists())
def test_what_go_finds_valid_is_the_same_here(made: Path, images) -> None:
    made.write_bytes(docker_save(images))
    with pyggcr.open(made) as store:
        stored = store.images()
        assert len(stored) >= len(images)
        for image in stored:
            tag = (image.tags or (None,))[0]
            if tag is not None and store.images(tag=tag)[0].record != image.record:
                continue  # Go takes the first
            try:
                mirror = tarball.image_from_path(made, tag, engine="python")
                validate.image(mirror)
            except Error:
                continue
            validate.image(image)
            assert image.raw_manifest() == mirror.raw_manifest()


@pytest.mark.parametrize(
    ("layers", "diff_ids"),
    [
        (["none", "gzip"], [0, 0]),  # the second is never looked at
        (["none"], [0, 0]),
        (["none", "none", "gzip"], [0, 1]),
        (["none"], []),
    ],
)
def test_what_go_does_not_look_at_does_not_matter(opened, tmp_path, layers, diff_ids) -> None:
    contents = [layer_tar({f"file-{number}": b"1"}) for number in range(3)]
    specs = [
        LayerSpec(contents[number if number not in diff_ids[:number] else 0], compression)
        for number, compression in enumerate(layers)
    ]
    rootfs = {"type": "layers", "diff_ids": [sha256(contents[number]) for number in diff_ids]}
    path = tmp_path / "archive.tar"
    path.write_bytes(docker_save([ImageSpec(specs, config={"rootfs": rootfs})]))
    mirror = tarball.image_from_path(path, engine="python")
    validate.image(mirror)
    image = opened(path).image()
    validate.image(image)
    assert image.raw_manifest() == mirror.raw_manifest()


@given(images=image_lists())
def test_whatever_an_archive_holds_there_is_an_answer_or_an_error_of_ours(made: Path, images):
    made.write_bytes(docker_save(images))
    with pyggcr.open(made) as store:
        for image in store.images():
            try:
                validate.image(image)
            except ValidationError:
                continue
            sizes = [layer.size() for layer in image.layers()]
            assert sizes == [entry.size for entry in image.manifest().layers or ()]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_layer_source_counts_where_it_is_true_as_in_go(opened, tmp_path, compression) -> None:
    spec = simple(compression=compression, tags=["app:1"])
    (layer,) = spec.layers
    plain = opened(docker_save([spec])).image().layers()[0]
    layer.source = {
        "mediaType": str(MediaType.OCI_LAYER),
        "size": plain.size(),
        "digest": str(plain.digest()),
        "annotations": {"a": "b"},
    }
    path = tmp_path / "sources.tar"
    path.write_bytes(docker_save([spec]))
    image = opened(path).image()
    assert image.raw_manifest() == tarball.image_from_path(path, engine="python").raw_manifest()
    assert image.manifest().layers[0].annotations == {"a": "b"}
    validate.image(image)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layer_source_that_is_not_true_does_not_count(opened, compression) -> None:
    spec = simple(compression=compression)
    (layer,) = spec.layers
    layer.source = {"mediaType": DOCKER_FOREIGN, "size": 7, "digest": sha256(layer.content)}
    validate.image(opened(docker_save([spec])).image())


@pytest.mark.parametrize(
    ("layers", "diff_ids", "compression"),
    [(1, 2, "gzip"), (2, 1, "gzip"), (1, 0, "gzip"), (1, 2, "none"), (0, 1, "none")],
)
def test_counts_that_disagree_are_told(opened, layers, diff_ids, compression) -> None:
    specs = [simple(number, compression).layers[0] for number in range(2)]
    rootfs = {
        "type": "layers",
        "diff_ids": [sha256(layer.content) for layer in specs[:diff_ids]],
    }
    spec = ImageSpec(specs[:layers], config={"rootfs": rootfs})
    image = opened(docker_save([spec])).image()
    with pytest.raises(MismatchedLayersError) as caught:
        image.layers()
    assert str(caught.value) == (
        f"manifest.json lists {layers} layer(s), but the config has {diff_ids} rootfs.diff_ids"
    )
    with pytest.raises(ValidationError):
        validate.image(image)


@pytest.mark.parametrize("form", ["docker", "layout"])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_layer_with_other_content_than_the_config_says_is_not_valid(
    opened, compression: str, form: str
) -> None:
    spec = simple(compression=compression)
    spec.config = {"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}
    layout = Layout()
    layout.roots = [layout.add_image(spec)]
    image = opened(docker_save([spec]) if form == "docker" else layout.tar()).image()
    with pytest.raises(ValidationError, match="mismatched layer.*diffid|unknown diffID"):
        validate.image(image)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (make_tar([member("twice"), member("twice")]), "duplicate file path: twice"),
        (b"no tar at all" * 100, "archive/tar: invalid tar header"),
    ],
)
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_what_is_wrong_inside_a_layer_is_told_whatever_its_compression(
    opened, compression: str, content: bytes, text: str
) -> None:
    spec = ImageSpec(layers=[LayerSpec(content, compression)])
    layout = Layout()
    layout.roots = [layout.add_image(spec)]
    for archive in (docker_save([spec]), layout.tar()):
        with pytest.raises(ValidationError, match=f"^validating layers: {text}$"):
            validate.image(opened(archive).image())


def test_damaged_zstd_is_told_as_such(opened) -> None:
    spec = simple(compression="zstd")
    stored = spec.layers[0].stored()
    files = dict(contents_of(docker_save([spec])))
    name = "blobs/sha256/" + sha256(stored).partition(":")[2]
    files[name] = stored[:-3]
    with pytest.raises(ValidationError, match="undersized layer.0. content"):
        validate.image(opened(tar_of(files)).image())


def test_hashes_that_an_image_has_not_are_unknown(opened, mixed_image) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(mixed_image)]
    nothing = "sha256:" + "0" * 64
    for archive in (docker_save([mixed_image]), layout.tar()):
        image = opened(archive).image()
        with pytest.raises(UnknownBlobError, match=f"^unknown blob {nothing}$"):
            image.layer_by_digest(nothing)
        with pytest.raises(UnknownDiffIDError, match=f"^unknown diffID {nothing}$"):
            image.layer_by_diff_id(nothing)
        with pytest.raises(InvalidHashError):
            image.layer_by_digest("none")
        for layer in image.layers():
            assert partial.blob_to_diff_id(image, layer.digest()) == layer.diff_id()
            assert image.layer_by_diff_id(layer.diff_id()).digest() == layer.digest()


def test_an_image_without_layers_is_valid(opened) -> None:
    image = opened(docker_save([ImageSpec()])).image()
    validate.image(image)
    assert image.layers() == []


def test_the_profile_decides_the_digest(opened) -> None:
    archive = docker_save([ImageSpec([LayerSpec(layer_tar({"a": b"abcd" * 9999}))])])
    digests = {
        profile: opened(archive, gzip_profile=profile).image().digest()
        for profile in ("go1.26", "go1.27")
    }
    assert len(set(digests.values())) == 2
    with pytest.raises(UnsupportedOptionError):
        opened(archive, gzip_profile="go1.99")


# --- Its life ---


def test_after_close_the_store_and_its_images_refuse_work(opened, mixed_image) -> None:
    store = opened(docker_save([mixed_image]))
    image = store.image()
    layer = image.layers()[0]
    with layer.uncompressed() as stream:
        store.close()
        store.close()
        assert stream.read() == mixed_image.layers[0].content
    for work in (store.images, store.image, image.config_file, layer.uncompressed):
        with pytest.raises(ClosedError):
            work()


def test_closing_an_image_leaves_the_others(opened, mixed_image) -> None:
    store = opened(docker_save([mixed_image]))
    with store.image() as image:
        image.config_file()
    for work in (image.config_file, image.layers, image.raw_manifest, image.media_type):
        with pytest.raises(ClosedError):
            work()
    validate.image(store.image())


def test_threads_ask_one_image_at_once(opened, mixed_image) -> None:
    image = opened(docker_save([mixed_image])).image()
    answers = []

    def ask() -> None:
        validate.image(image)
        answers.append((image.digest(), [layer.digest() for layer in image.layers()]))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_a_store_works_after_a_fork(opened, mixed_image, tmp_path: Path) -> None:
    store = opened(docker_save([mixed_image]))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            validate.image(store.image())
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    validate.image(store.image())


def test_work_can_be_cancelled(opened, mixed_image) -> None:
    store = opened(docker_save([mixed_image]))
    token = limits.CancelToken()
    token.cancel()
    with limits.limit(cancel=token), pytest.raises(CancelledError):
        store.image().digest()
    validate.image(store.image())


def test_opening_can_be_cancelled(opened, mixed_image) -> None:
    token = limits.CancelToken()
    token.cancel()
    with limits.limit(cancel=token), pytest.raises(CancelledError):
        opened(docker_save([mixed_image]))


def test_layers_that_images_share_are_compressed_once(opened, monkeypatch) -> None:
    base = LayerSpec(layer_tar({"base": b"base"}))
    images = [
        ImageSpec([base, LayerSpec(layer_tar({f"top-{number}": b""}))], tags=[f"app:{number}"])
        for number in range(4)
    ]
    from pyggcr._layers.uncompressed import UncompressedLayer

    compressed = []
    compress = UncompressedLayer._compress

    def counting(layer, pool):
        compressed.append(layer.diff_id())
        return compress(layer, pool)

    monkeypatch.setattr(UncompressedLayer, "_compress", counting)
    for image in opened(docker_save(images)).images():
        image.digest()
    assert len(compressed) == 5


def test_the_config_type_is_what_the_layout_says(opened) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(simple())]
    assert opened(layout.tar()).image().manifest().config.media_type == OCI_CONFIG
