"""What is said of a file that is no archive of images: the same by every command, on both engines.

tests/store/test_recognition.py has how each kind is told; here are more of each kind, and commands.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from support.image_commands import COMMANDS, WITHOUT_ENGINE, Scene, invoke
from support.layouts import tar_of, write_folder

import pyggcr
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar

ENGINES = tuple(name for name, info in pyggcr.engines().items() if info.available)
ON_REGISTRIES = (
    "artifact attach", "artifact list", "artifact pull", "referrers", "tag", "delete"
)  # fmt: skip
NOT_HERE = () if len(ENGINES) == 2 else ("differential",)
READ_FILES = tuple(it for it in COMMANDS if it not in (*ON_REGISTRIES, "layout gc", *NOT_HERE))

SAVED = docker_save([ImageSpec([LayerSpec(layer_tar({"a": b"a" * 3000}))], tags=["app:1"])])
LAYER = layer_tar({"b": b"b"})


def document(**keys: object) -> bytes:
    return json.dumps(keys, indent=1).encode()


_SAID = "write /x: no space left"
DENIED = f'{{"errorDetail":{{"message":"{_SAID}"}},"error":"{_SAID}"}}\r\n'.encode()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def headers() -> list[int]:
    with tarfile.open(fileobj=io.BytesIO(SAVED)) as tar:
        return [member.offset for member in tar.getmembers()]


INSPECTED = json.dumps([{"Id": "sha256:1", "RepoTags": ["app:1"], "GraphDriver": {}}], indent=4)

# By kind of issue 15 and sibling: the content, and what is said of it.
KINDS = {
    "gzip: twice": (gzip.compress(gzip.compress(SAVED)), "compressed once more, by gzip"),
    "gzip: of a picture": (gzip.compress(b"\xff\xd8\xff\xe0" * 90), "which gzip .* a JPEG"),
    "gzip: cut": (gzip.compress(SAVED)[:-90], "unexpected EOF: .* gzip has compressed, is cut sh"),
    "gzip: damaged": (
        gzip.compress(SAVED)[:-6] + b"\1" * 6, "invalid checksum: .* is damaged; copy"
    ),
    "xz: of a gzip": (lzma.compress(gzip.compress(SAVED)), "compressed once more, by gzip"),
    "xz: cut": (lzma.compress(SAVED)[:-40], "unexpected EOF: .* xz has compressed, is cut short"),
    "xz: of a config": (lzma.compress(b"key: value\n" * 9), r'which xz has .*is text \("key: v'),
    "zstd: of a zip": (zstandard.compress(zipped(a=b"")), "which zstd has compressed, is a zip"),
    "zstd: cut": (zstandard.compress(SAVED)[:-20], "EOF: .* zstd has compressed, is cut short"),
    "zip: of an archive": (zipped(app=SAVED), "is a zip file.* unpack it first"),
    "zip: empty": (zipped(), "is an empty zip file"),
    "zip: a wheel": (zipped(METADATA=b"Name: a"), "is a zip file"),
    "rar": (b"Rar!\x1a\7\1\0" + bytes(600), "is a RAR file"),
    "LFS: CRLF": (
        b"version https://git-lfs.github.com/spec/v1\r\noid sha256:1\r\nsize 9\r\n",
        "is a pointer of git LFS.* git lfs pull",
    ),
    "LFS: with extensions": (
        b"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:2\noid sha256:1\nsize 9\n",
        "is a pointer of git LFS",
    ),
    "HTML: a login": (
        b"\r\n<!doctype HTML><html lang=en><head><title>Sign in</title>", 'page ."Sign in".*login'
    ),
    "HTML: an error of a proxy": (b"<html>\n<body><h1>502 Bad Gateway</h1>", "is an HTML page,"),
    "text: of a shell": (b"bash: docker: command not found\n", 'text ."bash: docker: command'),
    "text: with a mark": (b"\xef\xbb\xbfpermission denied\n", 'text ."permission denied'),
    "text: YAML": (b"apiVersion: v1\nkind: Pod\n", "is text"),
    "text: a tar with a mark": (b"\xef\xbb\xbf" + SAVED, "a byte order mark was put before.*tail"),
    "UTF-16: little-endian": (
        b"\xff\xfe" + SAVED.decode("latin1").encode("utf-16-le"), "UTF-16 text.*PowerShell"
    ),
    "UTF-16: big-endian": (b"\xfe\xff" + "log\r\n".encode("utf-16-be"), "UTF-16.*PowerShell"),
    "empty": (b"", r"made.tar is empty; docker save"),
    "empty: no entry": (bytes(10240), "nothing is in it"),
    "empty: zeros": (bytes(99_999), "nothing but zero bytes"),
    "truncated: a header": (SAVED[:100], "is a tar cut off after 100 bytes.*copy it again"),
    "truncated: in the first": (SAVED[:520], "it ends at byte 520 in the middle of blobs/"),
    "docker: in a file": (SAVED[: headers()[1] + 515] + DENIED, '"write /x: no space left"; save'),
    "docker: between files": (SAVED[: headers()[2]] + DENIED, 'words "write /x: no space left"'),
    "docker: as text": (
        SAVED[: headers()[1]] + b"Error response from daemon: EOF\n", '"Error response from daemon'
    ),
    "two: a layer first": (LAYER + SAVED, "two archives .*the second begins at byte 10240"),
    "two: an export first": (
        tar_of({"etc/passwd": b"", "bin/sh": b""}) + SAVED, "two archives stand one behind"
    ),
    "program: ELF": (b"\x7fELF\2\1\1" + bytes(600), "is a program .ELF"),
    "program: Windows": (b"MZ\x90\0\3" + bytes(600), "is a Windows program"),
    "document: PDF": (b"%PDF-1.7\n" + b"x" * 600, "is a PDF document"),
    "file system: squashfs": (b"hsqs" + bytes(600), "is a squashfs file system"),
    "file system: EROFS": (bytes(1024) + b"\xe2\xe1\xf5\xe0" + bytes(9000), "is an EROFS"),
    "file system: ISO": (bytes(32769) + b"CD001" + bytes(9000), "is an ISO 9660"),
    "disk: qcow2": (b"QFI\xfb\0\0\0\3" + bytes(600), "is a disk image .qcow2"),
    "disk: VMDK": (b"KDMV\1\0\0\0" + bytes(600), "is a disk image .VMDK"),
    "JSON: a manifest": (
        document(schemaVersion=2, config={}, layers=[]), "is the manifest of an image, without"
    ),
    "JSON: an index": (document(schemaVersion=2, manifests=[]), "is an index of images.* folder"),
    "JSON: a config": (document(rootfs={"diff_ids": []}), "the config of an image, without its"),
    "JSON: docker inspect": (INSPECTED.encode(), "what docker inspect prints"),
    "JSON: SPDX": (document(spdxVersion="SPDX-2.3"), "is an SBOM .SPDX"),
    "JSON: CycloneDX": (document(bomFormat="CycloneDX"), "is an SBOM .CycloneDX"),
    "base64: of the archive": (base64.encodebytes(SAVED), "is text in base64.*base64 -d"),
    "base64: for URLs": (
        base64.urlsafe_b64encode(zstandard.compress(SAVED * 3)), "is text in base64"
    ),
    "digits": (SAVED[:2048].hex().encode(), "is text in hexadecimal digits"),
    "tar: of an archive": (tar_of({"app.tar": SAVED}), "app.tar in it may be the .*unpack it"),
    "tar: of a packed one": (tar_of({"out/app.tgz": gzip.compress(SAVED)}), "out/app.tgz in it"),
    "tar: a build context": (tar_of({"Dockerfile": b"FROM x"}), "what docker build makes an image"),
}  # fmt: skip


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path, "127.0.0.1:9")
    (tmp_path / "base.tar").write_bytes((tmp_path / "other.tar").read_bytes())
    return scene


def said_of(text: str, scene: Scene) -> set[str]:
    """What the commands say of an image that cannot be read; the engines take turns."""
    said = set()
    for number, command in enumerate(READ_FILES):
        line = COMMANDS[command](text, scene)
        if command not in WITHOUT_ENGINE:
            line += ["--engine", ENGINES[(number + len(text)) % len(ENGINES)]]
        done = invoke(*line, given=b"{}")
        assert done.exit_code == 2, (command, done.output)
        if command == "doctor":
            (reason,) = [it for it in done.stdout.splitlines() if it.startswith("  unreadable  ")]
            said.add(reason.removeprefix("  unreadable  ").removeprefix(f"{text}: "))
            continue
        (line,) = done.stderr.splitlines()
        assert line.startswith("pyggcr: "), command
        assert line.count("pyggcr: ") == 1, command
        assert line.count(f"{text}: ") <= 1, (command, line)
        assert "Traceback" not in line
        said.add(line.removeprefix("pyggcr: ").removeprefix(f"{text}: "))
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_says_the_same_of_what_is_no_archive(scene: Scene, kind: str) -> None:
    content, expected = KINDS[kind]
    path = scene.folder / "made.tar"
    path.write_bytes(content)

    (said,) = said_of(str(path), scene)

    assert re.search(expected, said, re.DOTALL), said


@pytest.mark.parametrize("first", ["docker save", "another"])
@pytest.mark.parametrize("second", ["the same", "zeros between", "a layer"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_second_archive_behind_the_first_is_told_by_every_command(
    scene: Scene, first: str, second: str, packed: bool
) -> None:
    begin = SAVED if first == "docker save" else (scene.folder / "other.tar").read_bytes()
    behind = {"the same": SAVED, "zeros between": bytes(1536) + SAVED, "a layer": LAYER}[second]
    at = len(begin) + (1536 if second == "zeros between" else 0)
    content = begin + behind
    path = scene.folder / "two.tar"
    path.write_bytes(gzip.compress(content) if packed else content)
    expected = f"only the first is read; the second begins at byte {at}"

    for command in () if packed else ("doctor", "repair"):
        done = invoke(*COMMANDS[command](str(path), scene))
        assert done.stderr.count(expected) == 1, (command, done.stderr)
    for number, command in enumerate(READ_FILES):
        if command in ("push", "doctor", "repair"):
            continue
        line = COMMANDS[command](str(path), scene)
        if command not in WITHOUT_ENGINE:
            line += ["--engine", ENGINES[number % len(ENGINES)]]
        done = invoke(*line, given=b"{}")
        assert done.stderr.count(expected) == 1, (command, done.stderr)


def test_one_archive_with_much_padding_is_no_reason_for_a_warning(scene: Scene) -> None:
    path = scene.folder / "one.tar"
    path.write_bytes(SAVED + bytes(100_000))
    done = invoke("digest", str(path))
    assert (done.exit_code, done.stderr) == (0, "")


FOLDERS = {
    "an archive in it": ({"app.tar": SAVED}, "app.tar in it may be .*; give that file"),
    "several": ({f"{n}.tgz": b"" for n in range(7)}, "0.tgz, .* 4.tgz and 2 more in it"),
    "a layout below": ({"out/oci-layout": b"{}", "out/index.json": b"{}"}, "folder out/; give"),
    "a build context": ({"Containerfile": b"", "main.py": b""}, "what docker build makes an image"),
    "empty": ({}, "nothing is in it"),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_no_layout_says_what_it_is(scene: Scene, kind: str) -> None:
    files, expected = FOLDERS[kind]
    folder = scene.folder / "given"
    folder.mkdir()
    write_folder(files, folder)
    for command in READ_FILES:
        if command in ("doctor", "differential"):  # which take folders of archives
            continue
        done = invoke(*COMMANDS[command](str(folder), scene), given=b"{}")
        assert done.exit_code == 2, command
        assert re.search(f"^pyggcr: {folder}: .*{expected}", done.stderr), (command, done.stderr)


URLS = {
    "https://registry.example.com/app:1": "is a URL.* is called registry.example.com/app:1, with",
    "HTTP://localhost:5000/app": "is a URL.* is called localhost:5000/app",
    "oci://registry.example.com/chart": "is a URL.* registry.example.com/chart",
    "docker://https://registry.example.com/app": "is a URL",
    "s3://bucket/app.tar": "is a URL, not an image reference",
    "file:///srv/app.tar": "is a URL; a file is named by its path, /srv/app.tar",
    "docker:app": "docker: must be followed by //",
    "containers-storage:app": "is not supported; known are docker://",
    "oci:": "nothing is named after the transport",
}  # fmt: skip


@pytest.mark.parametrize("text", URLS)
def test_every_command_recognizes_a_url(scene: Scene, text: str) -> None:
    for command in COMMANDS:
        done = invoke(*COMMANDS[command](text, scene), given=b"{}")
        assert done.exit_code == 2, command
        (line,) = done.stderr.splitlines() or [done.stdout]
        assert re.search(URLS[text], line), (command, line)


@pytest.mark.parametrize("command", ON_REGISTRIES)
@pytest.mark.parametrize("text", ["app.tar", "./app.tar", "/srv/app.tar", "oci:app", "dir:app"])
def test_what_works_on_registries_alone_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    monkeypatch.chdir(scene.folder)
    Path("app.tar").write_bytes(SAVED)
    done = invoke(*COMMANDS[command](text, scene))
    assert done.exit_code == 2
    assert f"{text}: this works on registries alone" in done.stderr
    assert ("pyggcr push" in done.stderr) == (":" not in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("other.tar", "is a file; this works on OCI layouts in folders alone, and pyggcr copy"),
        ("dir:other", "this works on OCI layouts in folders alone"),
        ("oci-archive:other.tar", "this works on OCI layouts in folders alone"),
    ],
)
def test_layout_gc_says_what_it_works_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    monkeypatch.chdir(scene.folder)
    done = invoke("layout", "gc", text)
    assert done.exit_code == 2
    assert f"{text}" in done.stderr
    assert expected in done.stderr


GROUPS = ("", "index", "edit", "artifact", "layout", "auth", "registry")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_arguments_prints_its_help(group: str) -> None:
    done = invoke(*group.split())
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Usage: " in done.stdout.replace("Usage:\n", "Usage: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_arguments_names_the_missing_one(command: str) -> None:
    words = [word for word in command.split() if not word.startswith(("--", "("))]
    done = invoke(*words)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("pyggcr: ")
    assert "Commands:" not in done.output
