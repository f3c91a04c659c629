"""Conversions: media types agree, contents stay, and other tools read the result."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import zstandard
from support.faulty_proxy import Fault, corrupt
from support.layouts import ATTESTATION, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Layout

import pyggcr
from pyggcr import build, convert, layout, mutate, remote, tarball, v1, validate
from pyggcr._layers.composed import ComposedImage, ComposedIndex, described, serialized
from pyggcr.errors import (
    BuildError,
    Error,
    ImageNotFoundError,
    MismatchedLayersError,
    UnsupportedOptionError,
    ValidationError,
)
from pyggcr.types import MediaType

DOCKER = Path(__file__).parent.parent / "data" / "docker"
ARCHIVES = sorted(DOCKER.rglob("*.tar"))
APP = DOCKER / "28.5.2" / "app-tag.tar"
ANNOTATED = {"org.example": "kept"}
SUBJECT = {"mediaType": OCI_MANIFEST, "size": 2, "digest": f"sha256:{'0' * 64}"}


def types_of(image):
    manifest = image.manifest()
    listed = {it.media_type for it in manifest.layers}
    assert listed == {it.media_type() for it in image.layers()}
    return image.media_type(), manifest.config.media_type, listed


def contents_of(image):
    found = []
    for layer in image.layers():
        with layer.uncompressed() as stream:
            found.append(f"sha256:{hashlib.sha256(stream.read()).hexdigest()}")
    return found


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda it: f"{it.parent.name}-{it.stem}")
def test_there_and_back(archive):
    with pyggcr.open(archive) as store:
        for image in store.images():
            diff_ids = [str(it) for it in image.config_file().rootfs.diff_ids]
            with (
                convert.image(image, "oci", compression="none") as plain,
                convert.image(plain, "docker", compression="gzip", level=6) as back,
                convert.image(back, "oci") as there,
                convert.image(back, "oci", compression="zstd", level=3) as small,
            ):
                assert types_of(plain) == (
                    MediaType.OCI_MANIFEST_SCHEMA1,
                    MediaType.OCI_CONFIG_JSON,
                    {MediaType.OCI_UNCOMPRESSED_LAYER},
                )
                assert types_of(back) == (
                    MediaType.DOCKER_MANIFEST_SCHEMA2,
                    MediaType.DOCKER_CONFIG_JSON,
                    {MediaType.DOCKER_LAYER},
                )
                assert types_of(small)[2] == {MediaType.OCI_LAYER_ZSTD}
                for converted in (plain, back, there, small):
                    assert converted.raw_config_file() == image.raw_config_file()
                    assert contents_of(converted) == diff_ids
                    assert [str(it.diff_id()) for it in converted.layers()] == diff_ids
                validate.image(back)
                validate.image(there)
                # Only the documents changed, so the blobs are the same.
                assert [it.digest() for it in there.layers()] == [
                    it.digest() for it in back.layers()
                ]


def test_both_engines_convert_alike(engine):
    with tarball.image_from_path(APP, engine="python", gzip_profile="go1.26") as reference:
        expected = [str(it.digest()) for it in anew(reference)]
    with tarball.image_from_path(APP, engine=engine) as image:
        small, smaller = anew(image)
        assert [str(small.digest()), str(smaller.digest())] == expected
        validate.image(small, engine=engine)


def anew(image):
    """In gzip and in zstd."""
    return [
        convert.image(image, compression="gzip", level=9),
        convert.image(image, compression="zstd", level=6),
    ]


def test_layers_that_fit_are_not_read():
    with build.layer({"/a": "a"}) as layer:
        image = build.image(layers=[layer])
    converted = convert.image(image, "docker", compression="gzip")  # although it is closed

    assert converted.layers()[0].digest() == layer.digest()
    assert converted.layers()[0].media_type() == MediaType.DOCKER_LAYER


@pytest.fixture
def layer():
    with build.layer({"/a": "a" * 1000}) as layer:
        yield layer


def composed(layers, *, descriptors=None, media_type=MediaType.OCI_MANIFEST_SCHEMA1, **more):
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [str(it.diff_id()) for it in layers]},
        }
    ).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": str(media_type),
        "config": described(MediaType.OCI_CONFIG_JSON, config),
        "layers": descriptors
        or [
            {"mediaType": str(it.media_type()), "size": it.size(), "digest": str(it.digest())}
            for it in layers
        ],
        **more,
    }
    return ComposedImage(serialized(manifest), config, layers)


def test_subject_and_annotations_are_kept(layer):
    descriptor = {
        "mediaType": str(layer.media_type()),
        "size": layer.size(),
        "digest": str(layer.digest()),
        "annotations": {
            "org.example": "kept",
            "containerd.io/snapshot/stargz/toc.digest": "sha256:of-other-bytes",
        },
        "x-unknown": 1,
    }
    image = composed(
        [layer],
        descriptors=[descriptor],
        annotations=ANNOTATED,
        subject=SUBJECT,
        unknown=[1],
    )
    with convert.image(image, compression="none") as converted:
        manifest = json.loads(converted.raw_manifest())

    assert (manifest["annotations"], manifest["subject"]) == (ANNOTATED, SUBJECT)
    assert manifest["unknown"] == [1]
    (entry,) = manifest["layers"]
    assert (entry["annotations"], entry["x-unknown"]) == ({"org.example": "kept"}, 1)
    assert entry["digest"] == str(layer.diff_id())


def test_docker_has_no_annotations_and_no_subject(layer):
    image = composed([layer], annotations=ANNOTATED, subject=SUBJECT)
    with pytest.warns(convert.ConversionWarning) as warned:
        converted = convert.image(image, "docker")

    assert [str(it.message) for it in warned] == [
        "Docker's media types have no annotations, subject: left out of the manifest"
    ]
    assert set(json.loads(converted.raw_manifest())) == {
        "schemaVersion",
        "mediaType",
        "config",
        "layers",
    }


def test_foreign_layers_stay_foreign(layer):
    foreign = {
        "mediaType": str(MediaType.DOCKER_FOREIGN_LAYER),
        "size": layer.size(),
        "digest": str(layer.digest()),
        "urls": ["https://example.com/layer"],
    }
    image = composed([layer], descriptors=[foreign], media_type=MediaType.DOCKER_MANIFEST_SCHEMA2)
    converted = convert.image(image, compression="none")

    (entry,) = converted.manifest().layers
    assert entry.media_type == MediaType.OCI_RESTRICTED_LAYER
    assert (entry.digest, entry.urls) == (layer.digest(), ["https://example.com/layer"])
    back = convert.image(converted, "docker")
    assert back.manifest().layers[0].media_type == MediaType.DOCKER_FOREIGN_LAYER


class ZstdLayer(v1.Layer):
    """A layer as others write it, in zstd."""

    def __init__(self, layer):
        with layer.uncompressed() as stream:
            self._content = stream.read()
        self._blob = zstandard.ZstdCompressor().compress(self._content)

    def digest(self):
        return v1.sha256(io.BytesIO(self._blob))[0]

    def diff_id(self):
        return v1.sha256(io.BytesIO(self._content))[0]

    def size(self):
        return len(self._blob)

    def media_type(self):
        return MediaType.OCI_LAYER_ZSTD

    def compressed(self):
        return io.BytesIO(self._blob)

    def uncompressed(self):
        return io.BytesIO(self._content)


def test_zstd_becomes_gzip_for_docker(layer):
    image = composed([ZstdLayer(layer)])
    kept = convert.image(image)
    assert kept.manifest().layers[0].media_type == MediaType.OCI_LAYER_ZSTD
    with convert.image(image, "docker") as converted:
        assert converted.layers()[0].digest() == layer.digest()  # as it was built
        validate.image(converted)


def test_docker_has_no_media_type_for_zstd(layer):
    with pytest.raises(UnsupportedOptionError) as caught:
        convert.image(composed([layer]), "docker", compression="zstd")
    assert str(caught.value) == (
        "docker images have no media type for zstd layers; choose gzip, or OCI media types"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"to": "oci2"}, "media types are oci or docker, not 'oci2'"),
        ({"level": 42}, "gzip: invalid compression level: 42"),
        (
            {"compression": "none", "level": 1},
            "a level is for gzip or zstd, not for no compression",
        ),
    ],
)
def test_what_there_is_not(layer, options, text):
    with pytest.raises(UnsupportedOptionError) as caught:
        convert.image(composed([layer]), **options)
    assert str(caught.value) == text


def test_a_layer_that_is_not_what_the_config_says(layer):
    with build.layer({"/other": ""}) as other:
        wrong = composed([other])
        image = ComposedImage(composed([layer]).raw_manifest(), wrong.raw_config_file(), [layer])
        with pytest.raises(ValidationError) as caught:
            convert.image(image, compression="none")
    assert str(caught.value) == (
        f"layer {layer.digest()} has the content {layer.diff_id()}, but the config says "
        f"{other.diff_id()}"
    )


def test_documents_that_disagree(layer):
    image = ComposedImage(composed([layer]).raw_manifest(), composed([]).raw_config_file(), [layer])
    with pytest.raises(
        MismatchedLayersError, match=r"mismatched fs layers \(1\) and diff ids \(0\)"
    ):
        convert.image(image)


@pytest.mark.parametrize("kind", ["application/vnd.oci.image.layer.v1.tar+gzip+encrypted", ""])
def test_layers_that_nobody_knows(layer, kind):
    descriptor = {"mediaType": kind, "size": layer.size(), "digest": str(layer.digest())}
    with pytest.raises(BuildError, match="cannot be converted"):
        convert.image(composed([layer], descriptors=[descriptor]))


def test_what_is_no_container_image():
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described(MediaType.OCI_EMPTY_JSON, b"{}"),
        "layers": [],
    }
    with pytest.raises(BuildError, match="no container image"):
        convert.image(ComposedImage(serialized(manifest), b"{}", []))
    with pytest.raises(TypeError):
        convert.image("app.tar")


def test_an_index_with_all_its_images(layer, engine):
    index = build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])
    with convert.index(index, "docker", compression="gzip", level=9) as docker:
        manifest = docker.index_manifest()
        assert manifest.media_type == MediaType.DOCKER_MANIFEST_LIST
        assert [str(it.platform) for it in manifest.manifests] == ["linux/amd64", "linux/arm64"]
        assert {it.media_type for it in manifest.manifests} == {MediaType.DOCKER_MANIFEST_SCHEMA2}
        validate.index(docker, engine=engine)
        with convert.index(docker, platforms=["linux/arm64"]) as back:
            (entry,) = back.index_manifest().manifests
            assert back.image(entry.digest).config_name() == (
                index.image(index.index_manifest().manifests[1].digest).config_name()
            )
            validate.index(back, engine=engine)
        with pytest.raises(ImageNotFoundError) as caught:
            convert.index(docker, platforms=["linux/s390x"])
    assert str(caught.value) == (
        "the index has no image for linux/s390x: it has linux/amd64, linux/arm64"
    )


def attested(image):
    """An index as BuildKit makes it: the image, and an attestation about it."""
    attestation = composed([], annotations=ANNOTATED)
    entries = [
        {
            **described(image.media_type(), image.raw_manifest()),
            "platform": {"architecture": "amd64", "os": "linux"},
            "artifactType": str(MediaType.DOCKER_CONFIG_JSON),
        },
        {
            **described(attestation.media_type(), attestation.raw_manifest()),
            "platform": {"architecture": "unknown", "os": "unknown"},
            "annotations": {**ATTESTATION, "vnd.docker.reference.digest": str(image.digest())},
        },
    ]
    manifest = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    children = {image.digest(): image, attestation.digest(): attestation}
    return ComposedIndex(serialized(manifest), children), attestation


def test_attestations_are_about_the_converted_image(layer):
    index, attestation = attested(build.image(layers=[layer]))
    with convert.index(index, compression="none", platforms=["linux/amd64"]) as converted:
        image, beside = converted.index_manifest().manifests

        assert image.digest != index.index_manifest().manifests[0].digest
        assert image.artifact_type == MediaType.OCI_CONFIG_JSON
        assert beside.digest == attestation.digest()
        assert beside.annotations["vnd.docker.reference.digest"] == str(image.digest)
    with pytest.warns(convert.ConversionWarning, match="no attestations"):
        docker = convert.index(index, "docker")
    (only,) = docker.index_manifest().manifests
    assert (only.artifact_type, only.annotations) == ("", None)


def test_indexes_in_indexes(layer, engine):
    inner = build.index(layers=[layer], platforms=["linux/amd64"])
    entry = described(inner.media_type(), inner.raw_manifest())
    manifest = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    index = ComposedIndex(serialized(manifest), {inner.digest(): inner})
    with convert.index(index, compression="none") as converted:
        (only,) = converted.index_manifest().manifests
        (image,) = converted.image_index(only.digest).index_manifest().manifests
        found = converted.image_index(only.digest).image(image.digest)
        assert found.layers()[0].digest() == layer.diff_id()
    with pytest.raises(ValueError, match="closed"):
        converted.raw_manifest()


def test_an_image_in_a_registry_is_downloaded_once(real_registry, faulty, repository, engine):
    with tarball.image_from_path(APP) as image:
        remote.write(f"{real_registry.host}/{repository}:1", image)
        layers = [str(it.digest()) for it in image.layers()]
    proxy = faulty(real_registry.host)
    with (
        remote.image(f"{proxy.host}/{repository}:1", engine=engine) as source,
        convert.image(source, compression="zstd") as converted,
    ):
        remote.write(f"{proxy.host}/{repository}:2", converted, engine=engine)
        with remote.image(f"{real_registry.host}/{repository}:2") as written:
            assert written.digest() == converted.digest()

    read = [path.rpartition("/")[2] for path in proxy.paths("GET") if "/blobs/sha256:" in path]
    assert sorted(it for it in read if it in layers) == sorted(layers)


def test_damage_is_told_and_leaves_nothing(real_registry, faulty, repository, engine):
    with tarball.image_from_path(APP) as image:
        remote.write(f"{real_registry.host}/{repository}:1", image)
        path = f"/blobs/{image.layers()[0].digest()}"
    proxy = faulty(real_registry.host, Fault("GET", path, corrupt(50), times=None))
    with (
        remote.image(f"{proxy.host}/{repository}:1", engine=engine) as source,
        pytest.raises(Error),
    ):
        convert.image(source, compression="none")


def test_real_archives_with_attestations():
    archive = DOCKER / "28.5.2-containerd-store" / "multiplatform.tar"
    with pyggcr.open(archive) as store:
        for image in store.images():
            with convert.image(image, "docker") as converted:
                validate.image(converted)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_skopeo_umoci_and_crane_read_the_result(
    compression, tmp_path, run_skopeo, run_crane, real_registry, repository, require
):
    if shutil.which("umoci") is None:
        require("umoci", "there is no such program")
    with (
        tarball.image_from_path(APP) as image,
        convert.image(image, compression=compression) as converted,
    ):
        build.write(converted, f"oci:{tmp_path}/app", tag="one")
        target = f"{real_registry.host}/{repository}:1"
        remote.write(target, converted)
        wanted = contents_of(image)
        files = files_of(image)
        listed = [str(it.digest) for it in converted.manifest().layers]
        digest = str(converted.digest())

    shown = json.loads(run_skopeo("inspect", f"oci:{tmp_path}/app:one"))
    assert shown["Layers"] == listed
    # It decompresses the layers, whose files are then named by their DiffIDs.
    run_skopeo("copy", "--dest-decompress", f"oci:{tmp_path}/app:one", f"dir:{tmp_path}/copied")
    assert {digest[7:] for digest in wanted} <= {it.name for it in (tmp_path / "copied").iterdir()}
    assert run_crane("digest", target) == digest
    run_crane("export", target, tmp_path / "exported.tar")
    with tarfile.open(tmp_path / "exported.tar") as archive:
        assert [it.name for it in archive] == files
    unpack = ["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/app:one"]
    done = subprocess.run([*unpack, tmp_path / "bundle"], capture_output=True, text=True)
    if compression == "zstd" and "blob is not correct mediatype" in done.stderr:
        return  # umoci reads zstd from 0.5 on
    assert done.returncode == 0, done.stderr
    root = tmp_path / "bundle" / "rootfs"
    assert sorted(name for name in files if not os.path.lexists(root / name)) == []


def files_of(image):
    with mutate.extract(image) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        return [it.name for it in archive]


def test_an_index_of_a_layout_from_elsewhere(tmp_path, layer):
    made = Layout()
    config = composed([]).raw_config_file()
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": made.add_blob(config, OCI_CONFIG),
        "layers": [],
    }
    child = made.add_blob(json.dumps(manifest).encode(), OCI_MANIFEST)
    other = made.add_blob(b"text", "text/plain")
    listing = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child, other]})
    for name, data in {**made.files, "index.json": listing.encode()}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BuildError, match="an index with a text/plain cannot be converted"):
        convert.index(layout.image_index_from_path(tmp_path))
