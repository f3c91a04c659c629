"""Files that are no archives of images: each is named as what it is, with what to do about it."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.layouts import Layout, tar_of, write_folder

import pyggcr
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from pyggcr.doctor import diagnose
from pyggcr.errors import ArchiveError, CompressionError, JSONError, TruncatedError

IMAGE = ImageSpec([LayerSpec(layer_tar({"a": b"a" * 5000}))], tags=["app:1"])
SAVED = docker_save([IMAGE])


def zipped() -> bytes:
    """A zip that has the archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("app.tar", SAVED)
    return stream.getvalue()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"1" * 64 + b"\nsize 9\n"
PAGE = b"\n<!-- proxy -->\n<HTML><head>\n<title> Log\n in </title></head><body></body></HTML>"
RANDOM = bytes(range(200, 256)) * 100

KINDS = {
    "zip": (zipped(), "is a zip file, not an archive of images; unpack it first"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(600), "is a 7-Zip file"),
    "lz4": (b"\x04\x22\x4d\x18" + bytes(600), "is an lz4-compressed file.*lz4 -d"),
    "lzma": (lzma.compress(SAVED, lzma.FORMAT_ALONE), "is an lzma-compressed file"),
    "deb": (b"!<arch>\ndebian-binary", "is an ar archive"),
    "qcow2": (b"QFI\xfb\0\0\0\3" + bytes(600), "is a disk image"),
    "SIF": (b"#!/usr/bin/env run-singularity\n".ljust(32, b"\0") + b"SIF_MAGIC\0", "Singularity"),
    "LFS": (POINTER, "is a pointer of git LFS.*git lfs pull"),
    "HTML": (PAGE, r'is an HTML page \("Log in"\).*download the file again'),
    "HTML after a mark": (b"<!DOCTYPE html>\n<p>" + b"x" * 9000, "is an HTML page,"),
    "XML": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is an XML.*Denied"),
    "JSON": (b'{"errors": [{"code": "DENIED"}]}', "is a JSON document .*DENIED"),
    "text": (b"Error response from daemon: no such image: app\n", 'is text ."Error response from'),
    "UTF-8 with a mark": (b"\xef\xbb\xbfno archive", 'is text ."no archive'),
    "UTF-16": ("no archive".encode("utf-16"), "is UTF-16 text.*PowerShell.*docker save -o"),
    "UTF-16, big-endian": (b"\xfe\xff\0n\0o", "is UTF-16 text"),
    "tar in UTF-16": (b"\xff\xfe" + SAVED.decode("cp437").encode("utf-16-le"), "is UTF-16 text"),
    "base64": (base64.encodebytes(SAVED), "is text in base64.*base64 -d"),
    "base64 of gzip": (base64.b64encode(gzip.compress(SAVED)), "is text in base64"),
    "empty": (b"", "is empty; docker save -o FILE IMAGE"),
    "zeros": (bytes(50_000), "is nothing but zero bytes"),
    "random": (RANDOM, "is data of no known kind, which begins with c8 c9 ca"),
    "gzip of text": (gzip.compress(b"no tar at all"), "which gzip has compressed, is text"),
    "xz of a page": (lzma.compress(PAGE), "which xz has compressed, is an HTML page"),
    "bzip2 of zip": (bz2.compress(zipped()), "which bzip2 has compressed, is a zip"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_archive_is_named(opened, tmp_path: Path, kind: str) -> None:
    content, text = KINDS[kind]

    with pytest.raises(ArchiveError, match=f"(?s)made-0.tar.* {text}"):
        opened(content)

    (checkup,) = diagnose(tmp_path / "made-0.tar").checkups
    assert "invalid tar header" not in checkup.reason
    assert "made-0.tar" in checkup.reason


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, lzma.compress, bz2.compress, lambda data: bz2.compress(data[:999]) * 0
     + bz2.compress(data[:5000]) + bz2.compress(data[5000:]),
     lambda data: lzma.compress(data[:5000]) + bytes(8) + lzma.compress(data[5000:])],
    ids=["gzip", "xz", "bzip2", "two streams of bzip2", "two streams of xz"],
)  # fmt: skip
def test_a_compressed_archive_is_read(opened, compress) -> None:
    image = opened(compress(SAVED)).image()

    assert image.tags == ("app:1",)
    pyggcr.validate.image(image)


@pytest.mark.parametrize("compress", [lzma.compress, bz2.compress], ids=["xz", "bzip2"])
def test_damage_of_a_compressed_archive_is_told(opened, compress) -> None:
    packed = bytearray(compress(SAVED))
    with pytest.raises(TruncatedError, match="unexpected EOF"):
        opened(bytes(packed[:-20]))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(CompressionError, match="^(xz|bzip2): "):
        opened(bytes(packed))


def test_an_archive_of_xz_that_wants_much_memory_is_refused(opened) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    with pytest.raises(CompressionError, match="xz: .*[Mm]emory"):
        opened(lzma.compress(SAVED, filters=filters))


@pytest.mark.parametrize("cut", [700, len(SAVED) // 2])
def test_a_truncated_archive_says_where_it_ends(opened, cut: int) -> None:
    with pytest.raises(TruncatedError, match=f"is truncated: it ends at byte {cut} in the middle"):
        opened(SAVED[:cut])


WORDS = "Error response from daemon: open /var/lib/docker/x: no such file or directory"


@pytest.mark.parametrize(
    "said",
    [
        WORDS.encode() + b"\n",
        json.dumps({"errorDetail": {"message": WORDS}, "error": WORDS}).encode(),
        json.dumps({"message": WORDS}).encode() + b"\r\n",
    ],
    ids=["text", "a document of a stream", "a document"],
)
@pytest.mark.parametrize("where", ["between entries", "padded", "in a file"])
def test_the_words_of_docker_in_a_broken_stream_are_shown(opened, said: bytes, where: str) -> None:
    if where == "in a file" and b'"message"' in said[:12]:
        pytest.skip("nothing marks it there")
    with tarfile.open(fileobj=io.BytesIO(SAVED)) as tar:
        last = tar.getmembers()[-1]
    content = SAVED[: last.offset] + said
    if where == "padded":
        content = content.ljust(last.offset + 1024, b"\0")
    elif where == "in a file":
        content = SAVED[: last.offset_data + 3] + said

    with pytest.raises((ArchiveError, JSONError), match=f'breaks off with the words "{WORDS}"'):
        opened(content)


def test_an_archive_that_is_damaged_says_where(opened) -> None:
    with tarfile.open(fileobj=io.BytesIO(SAVED)) as tar:
        first, second = tar.getmembers()[:2]
    content = bytearray(SAVED)
    content[second.offset + 150] ^= 1

    with pytest.raises(ArchiveError, match=f"behind {first.name}, at byte {second.offset}, there"):
        opened(bytes(content))


def test_an_archive_that_was_converted_to_utf_8_is_named(opened) -> None:
    mangled = SAVED[:512] + SAVED[512:].decode("utf-8", "replace").replace("a", "\ufffd").encode()

    with pytest.raises(ArchiveError, match="a shell has converted to text"):
        opened(mangled)


NO_IMAGES = {
    "docker export": ({"bin/sh": b"", "etc/passwd": b"", "usr/bin/a": b""}, "docker export writes"),
    "a root with dots": ({"./etc/passwd": b"", "./var/x": b""}, "docker export writes it"),
    "a layer": ({"app/main.py": b""}, "neither a manifest.json nor .*there are app;"),
    "many": ({f"f{n}": b"" for n in range(8)}, "there are f0, f1, f2, f3, f4 and 3 more"),
    "nothing": ({}, "nothing is in it"),
    "old": ({"repositories": b"{}", "1/layer.tar": b"", "1/json": b"{}"}, "Docker before 1.10"),
}


@pytest.mark.parametrize("kind", NO_IMAGES)
@pytest.mark.parametrize("form", ["tar", "folder"])
def test_why_there_is_no_image_is_told(opened, tmp_path: Path, kind: str, form: str) -> None:
    files, text = NO_IMAGES[kind]
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ArchiveError, match=text):
        opened(tar_of(files) if form == "tar" else write_folder(files, folder))


@pytest.mark.parametrize("below", ["app", "a/b"])
def test_an_image_one_folder_down_is_found(opened, below: str) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(IMAGE)]
    files = {f"{below}/{name}": content for name, content in layout.finished().items()}

    with pytest.raises(ArchiveError, match=f"in the folder {below}/; unpack it"):
        opened(tar_of(files))


def test_an_artifact_is_named_by_its_type(opened) -> None:
    layout = Layout()
    chart = "application/vnd.cncf.helm.config.v1+json"
    config = layout.add_blob(b"{}", chart)
    manifest = {"schemaVersion": 2, "config": config, "layers": []}
    kind = "application/vnd.oci.image.manifest.v1+json"
    layout.roots = [layout.add_blob(json.dumps(manifest).encode(), kind)]

    with pytest.raises(ArchiveError, match=r"no image, but an artifact of the type .*helm"):
        opened(layout.tar())


def test_manifests_that_are_not_there_are_named(opened) -> None:
    layout = Layout()
    layout.roots = [layout.add_image(IMAGE)]
    digest = layout.roots[0]["digest"]
    layout.files.clear()

    with pytest.raises(ArchiveError, match=rf"none of the manifests .* \({digest}\)"):
        opened(layout.tar())


@pytest.mark.parametrize("gap", [0, 9216])
def test_two_archives_one_behind_the_other_are_told(opened, gap: int) -> None:
    first = tar_of({"x": b"x"})
    begins = len(first) + gap

    with pytest.raises(ArchiveError, match=f"two archives .* begins at byte {begins}:"):
        opened(first + bytes(gap) + SAVED)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_an_image_that_was_saved_by_its_id_has_no_name(opened, algorithm: str) -> None:
    size = {"sha256": 64, "sha512": 128}[algorithm]
    layout = Layout()
    annotations = {"org.opencontainers.image.ref.name": f"{algorithm}:{'a' * size}"}
    layout.roots = [layout.add_image(IMAGE, annotations=annotations)]

    assert opened(layout.tar()).image().tags == ()
