"""Bad archives: on both engines the same class of error with the same text, and never a hang."""

from __future__ import annotations

import json
import tarfile

import pytest

import pyggcr
from pyggcr import differential, errors, tarball
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    sha256,
)

pytestmark = pytest.mark.usefixtures("go_engine")

BLOCK = 512


@pytest.fixture
def archive(tmp_path):
    """Writes an archive and gives its path."""
    path = tmp_path / "archive.tar"

    def write(data: bytes):
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def failure(archive):
    """The error that both engines raise when they open the archive."""

    def fail(data: bytes, tag: str | None = None) -> errors.Error:
        path = archive(data)
        raised = []
        for engine in ("go", "python"):
            with pytest.raises(errors.Error) as caught:
                tarball.image_from_path(path, tag, engine=engine)
            raised.append(caught.value)
        go, python = raised
        assert (type(python), str(python)) == (type(go), str(go))
        return python

    return fail


@pytest.fixture
def agreement(archive):
    """Both engines' observations of the archive, which have to be equal."""

    def compare(data: bytes, tag: str | None = None) -> differential.Observation:
        report = differential.compare(archive(data), tag)
        assert report.differences == ()
        return report.python

    return compare


def with_manifest(document: object, *members) -> bytes:
    """An archive with such a manifest.json, and more."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return make_tar([member("manifest.json", raw), *members])


def config_for(*layers: bytes) -> bytes:
    """A config that lists these layers."""
    return ImageSpec(layers=[LayerSpec(layer) for layer in layers]).raw_config()


LAYER = layer_tar({"a": b"hello"})
IMAGE = docker_save([ImageSpec(layers=[LayerSpec(LAYER)], tags=["app:1"])])


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"", errors.MissingFileError, "file manifest.json not found in tar"),
        (b"no tar at all", errors.TruncatedError, "unexpected EOF"),
        (b"x" * 2000, errors.ArchiveError, "archive/tar: invalid tar header"),
        (bytes(BLOCK), errors.MissingFileError, "file manifest.json not found in tar"),
        (bytes(1024), errors.MissingFileError, "file manifest.json not found in tar"),
        (bytes(BLOCK) + b"x" * BLOCK, errors.ArchiveError, "archive/tar: invalid tar header"),
        (b"\x1f\x8b" + bytes(BLOCK), errors.ArchiveError, "archive/tar: invalid tar header"),
    ],
    ids=["empty", "short", "text", "one zero block", "end", "zero block, then text", "gzip"],
)
def test_what_is_no_archive(failure, data, kind, text):
    error = failure(data)
    assert type(error) is kind
    assert str(error) == text


def test_truncated_at_every_block_and_between(agreement):
    for size in range(0, len(IMAGE), BLOCK):
        agreement(IMAGE[:size])
        agreement(IMAGE[: size + 200])


def test_truncated_compressed_archive_at_every_block(agreement):
    image = docker_save(
        [ImageSpec(layers=[LayerSpec(LAYER, "gzip"), LayerSpec(layer_tar({"b": b"x"}), "gzip")])],
        manifest_first=True,
    )
    for size in range(0, len(image), BLOCK):
        agreement(image[:size])


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"null", errors.ArchiveError),
        (b"[]", errors.AmbiguousImageError),
        (b"[null, null]", errors.AmbiguousImageError),
        (b"[null]", errors.MissingFileError),
        (b"{}", errors.JSONError),
        (b"", errors.TruncatedError),
        (b"[{", errors.TruncatedError),
        (b'[{"Config": 1}]', errors.JSONError),
        (b'[{"Config": "c", "Layers": {}}]', errors.JSONError),
        (b'[{"LayerSources": {"sha256:xyz": {}}}]', errors.InvalidHashError),
        (b'[{"LayerSources": {"": {"size": "1"}}}]', errors.InvalidHashError),
        (b"[" * 20_000, errors.JSONError),
        (b'[{"Config": "missing"}]', errors.MissingFileError),
        (b'[{"Config": "a\\u0000b"}]', errors.MissingFileError),
        (b'[{"Config": ""}]', errors.MissingFileError),
        (b'[{"Config": "../manifest.json/../.."}]', errors.MissingFileError),
        (b"\xff", errors.JSONError),
        (b'[{"RepoTags": ["b@d tag"], "Config": "c"}]', errors.MissingFileError),
    ],
)
def test_manifests_that_do_not_do(failure, document, kind):
    assert type(failure(with_manifest(document))) is kind


def test_a_bad_tag_in_the_manifest_is_met_when_a_tag_is_looked_for(failure):
    error = failure(with_manifest([{"RepoTags": ["b@d tag"], "Config": "c"}]), "app:1")
    assert type(error) is errors.InvalidReferenceError


def test_two_images_without_a_tag(failure):
    data = docker_save([ImageSpec(tags=["app:1"]), ImageSpec(tags=["app:2"])])
    error = failure(data)
    assert type(error) is errors.AmbiguousImageError


def test_an_unknown_tag(failure):
    error = failure(IMAGE, "app:2")
    assert type(error) is errors.TagNotFoundError
    assert str(error) == "tag app:2 not found in tarball"


@pytest.mark.parametrize(
    "config",
    [b"", b"null", b"[]", b'{"rootfs": 1}', b'{"rootfs": {"diff_ids": ["sha256:a"]}}', b"{"],
)
def test_configs_that_do_not_do(agreement, config):
    document = [{"Config": "c", "Layers": ["l"]}]
    agreement(with_manifest(document, member("c", config), member("l", LAYER)))
    zipped = LayerSpec(LAYER, "gzip").stored()
    agreement(with_manifest(document, member("c", config), member("l", zipped)))


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_layer(agreement, compression, missing):
    layers = [LAYER, layer_tar({"b": b"world"})]
    stored = [LayerSpec(layer, compression).stored() for layer in layers]
    members = [member(f"l{at}", data) for at, data in enumerate(stored) if at != missing]
    document = [{"Config": "c", "Layers": ["l0", "l1"]}]
    agreement(with_manifest(document, member("c", config_for(*layers)), *members))


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("listed", [["l"], ["l", "l", "l"], []])
def test_manifest_and_config_that_differ_in_layers(agreement, compression, listed):
    stored = LayerSpec(LAYER, compression).stored()
    config = config_for(LAYER, layer_tar({"b": b""}))
    document = [{"Config": "c", "Layers": listed}]
    agreement(with_manifest(document, member("c", config), member("l", stored)))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_cycle(failure, kind):
    links = [member("a/c", b"", kind, "../b/c"), member("b/c", b"", kind, "../a/c")]
    error = failure(with_manifest([{"Config": "a/c"}], *links))
    assert type(error) is errors.LinkCycleError
    assert str(error) == "link cycle detected for a/c"


@pytest.mark.parametrize("target", ["../../outside", "/etc/passwd", "", ".", "self"])
def test_links_that_lead_nowhere(failure, target):
    link = member("self", b"", tarfile.SYMTYPE, target)
    assert isinstance(
        failure(with_manifest([{"Config": "self"}], link)),
        errors.MissingFileError | errors.LinkCycleError,
    )


def test_a_folder_where_a_file_should_be(agreement):
    agreement(with_manifest([{"Config": "c/"}], member("c", b"", tarfile.DIRTYPE)))


@pytest.mark.parametrize(
    "size",
    [b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"\x80\0\0\0\x7f" + b"\xff" * 7],
)
def test_huge_and_negative_sizes_in_headers(agreement, size):
    for at in range(0, len(IMAGE) - 1024, BLOCK):
        if IMAGE[at + 257 : at + 262] != b"ustar":
            continue
        data = bytearray(IMAGE)
        data[at + 124 : at + 136] = size
        total = sum(data[at : at + 148]) + sum(data[at + 156 : at + BLOCK]) + 8 * ord(" ")
        data[at + 148 : at + 156] = b"%06o\0 " % total
        agreement(bytes(data))


def test_mixed_compression_is_refused_in_gos_words(agreement):
    layers = [LayerSpec(LAYER, "gzip"), LayerSpec(layer_tar({"b": b"x"}), "none")]
    seen = agreement(docker_save([ImageSpec(layers=layers)]))
    assert seen.validate.error == "validating layers: gzip: invalid header"


def test_a_file_twice_in_a_layer(agreement):
    layer = make_tar([member("same", b"1"), member("same", b"2")])
    seen = agreement(docker_save([ImageSpec(layers=[LayerSpec(layer)])]))
    assert seen.validate.error == "validating layers: duplicate file path: same"


def test_a_layer_that_does_not_hash_to_its_diff_id(agreement):
    config = {"rootfs": {"type": "layers", "diff_ids": [sha256(b"something else")]}}
    seen = agreement(docker_save([ImageSpec(layers=[LayerSpec(LAYER)], config=config)]))
    assert "mismatched layer[0] diffid" in seen.validate.error


def many_layers(count: int, compression: str) -> bytes:
    """An archive whose image has the same layer again and again."""
    document = [{"Config": "c", "Layers": ["l"] * count}]
    layer = LayerSpec(LAYER, compression).stored()
    return with_manifest(document, member("c", config_for(*[LAYER] * count)), member("l", layer))


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_many_layers(archive, compression):
    path = archive(many_layers(700, compression))
    digests = set()
    for engine in ("go", "python"):
        with tarball.image_from_path(path, engine=engine) as image:
            assert len(image.manifest().layers) == 700
            digests.add(image.digest())
    assert len(digests) == 1


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_ten_thousand_layers_do_not_hang(archive, compression):
    """The Python engine copes; Go parses the config once per layer, but can be cut off."""
    path = archive(many_layers(10_000, compression))
    with tarball.image_from_path(path, engine="python") as image:
        assert len(image.layers()) == len(image.manifest().layers) == 10_000
        image.layer_by_digest(image.manifest().layers[-1].digest)
    with (
        tarball.image_from_path(path, engine="go") as image,
        pyggcr.limit(timeout=0.5),
        pytest.raises(errors.DeadlineExceededError),
    ):
        image.manifest()


def test_a_missing_file_is_a_missing_path(tmp_path):
    for engine in ("go", "python"):
        with pytest.raises(FileNotFoundError) as caught:
            tarball.image_from_path(tmp_path / "missing.tar", engine=engine)
        assert type(caught.value) is errors.MissingPathError
        assert str(caught.value) == f"open {tmp_path}/missing.tar: no such file or directory"


def test_a_folder_is_no_archive(tmp_path):
    raised = []
    for engine in ("go", "python"):
        with pytest.raises(errors.FileAccessError) as caught:
            tarball.image_from_path(tmp_path, engine=engine)
        raised.append((type(caught.value), str(caught.value), caught.value.errno))
    assert raised[0] == raised[1]


def test_a_path_with_a_nul(tmp_path):
    raised = []
    for engine in ("go", "python"):
        with pytest.raises(errors.FileAccessError) as caught:
            tarball.image_from_path("a\0b", engine=engine)
        raised.append((type(caught.value), str(caught.value)))
    assert raised[0] == raised[1]
