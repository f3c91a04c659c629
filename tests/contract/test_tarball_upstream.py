"""docs/upstream-findings.md: each archive is made here, and the Go engine asked what it says."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from pyggcr import tarball, validate
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    uncompressed_source,
)
from pyggcr.differential.generate.tar_bytes import (
    Entry,
    join,
    meta,
    new_entry,
    padded,
    record,
    split,
)
from pyggcr.errors import InvalidReferenceError, MissingFileError, ValidationError

pytestmark = pytest.mark.usefixtures("go_engine")

LAYER, CONFIG, MANIFEST = split(docker_save([ImageSpec([LayerSpec(layer_tar({"a": b"a"}))])]))[0]


def manifest_naming(layer: str) -> Entry:
    """manifest.json with another path for the layer."""
    (document,) = json.loads(MANIFEST.content)
    return MANIFEST.with_content(json.dumps([{**document, "Layers": [layer]}]).encode())


def opened(archive: bytes, engine: str):
    """The image of an archive."""
    return tarball.image(lambda: io.BytesIO(archive), engine=engine)


def digest_with_200_files(path, engine: str) -> str:
    """What a process that may open 200 files prints: the image's digest, or the error."""
    code = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))\n"
        "from pyggcr import tarball\n"
        "try:\n"
        f"    print(tarball.image_from_path({str(path)!r}, engine={engine!r}).digest())\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout


def test_hard_links_are_looked_up_beside_the_link(engine):
    link = new_entry(b"dir/layer.tar", kind=b"1", link=LAYER.name)
    archive = join([LAYER, link, CONFIG, manifest_naming("dir/layer.tar")], b"")
    text = f"^file dir/{LAYER.name.decode()} not found in tar$"
    with pytest.raises(MissingFileError, match=text):
        opened(archive, engine)


@pytest.mark.parametrize(
    ("engine", "outcome"), [("go", "too many open files"), ("python", "sha256:")]
)
def test_a_chain_of_links_keeps_a_file_open_for_each(tmp_path, engine, outcome):
    links = [new_entry(b"l%d" % at, kind=b"2", link=b"l%d" % (at + 1)) for at in range(300)]
    target = new_entry(b"l300", LAYER.content)
    path = tmp_path / "archive.tar"
    path.write_bytes(join([*links, target, CONFIG, manifest_naming("l0")], b""))
    assert outcome in digest_with_200_files(path, engine)


def test_sources_of_docker_25_are_taken_for_blobs_where_layers_are_gzip(engine):
    layer = LayerSpec(layer_tar({"a": b"a"}), "gzip")
    layer.source = uncompressed_source(layer.content)
    with opened(docker_save([ImageSpec([layer])]), engine) as image:
        assert image.manifest().layers[0].digest == image.config_file().rootfs.diff_ids[0]
        text = "^validating layers: mismatched layer.0. digest: Digest"
        with pytest.raises(ValidationError, match=text):
            validate.image(image)


@pytest.mark.parametrize(
    ("engine", "outcome"), [("go", "too many open files"), ("python", "sha256:")]
)
def test_the_manifest_of_gzip_layers_keeps_a_file_open_for_each(tmp_path, engine, outcome):
    layers = [LayerSpec(b"%d" % number, "gzip") for number in range(300)]
    path = tmp_path / "archive.tar"
    path.write_bytes(docker_save([ImageSpec(layers)]))
    assert outcome in digest_with_200_files(path, engine)


def test_a_tag_that_is_none_hides_those_behind_it(engine):
    archive = docker_save([ImageSpec(tags=["UPPER:1", "app:1"])])
    with pytest.raises(InvalidReferenceError, match="UPPER$"):
        tarball.image(lambda: io.BytesIO(archive), "app:1", engine=engine)


def test_a_tag_that_is_none_does_not_hide_those_before_it(engine):
    archive = docker_save([ImageSpec(tags=["app:1", "UPPER:1"])])
    with tarball.image(lambda: io.BytesIO(archive), "app:1", engine=engine) as image:
        assert image.layers() == []


def test_a_sparse_config_is_read_with_its_holes(engine):
    size = 5 << 20
    facts = {"major": b"1", "minor": b"0", "name": CONFIG.name, "realsize": b"%d" % size}
    records = b"".join(record(b"GNU.sparse." + key.encode(), facts[key]) for key in facts)
    sparse_map = padded(b"1\n0\n%d\n" % len(CONFIG.content))
    sparse = CONFIG.with_content(sparse_map + CONFIG.content)
    archive = join([LAYER, replace(sparse, before=meta(b"x", records)), MANIFEST], b"")
    with opened(archive, engine) as image:
        assert len(archive) < 20_000
        assert len(image.raw_config_file()) == size


def test_what_follows_the_list_is_ignored(engine):
    archive = join([LAYER, CONFIG, MANIFEST.with_content(MANIFEST.content + b"garbage")], b"")
    with opened(archive, engine) as image:
        assert image.raw_config_file() == CONFIG.content
