"""The files of an image as one tar: byte for byte what ``crane export`` writes."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pyggcr import crane, errors, tarball
from pyggcr._gostd.tar import Header
from pyggcr._gostd.tar.header import Format
from pyggcr._gostd.tar.writer import Writer
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)

DATA = Path(__file__).parent.parent / "data" / "docker"
ARCHIVES = [DATA / "25.0.2" / f"{it}.tar" for it in ("app-tag", "whiteout", "dup")]
ARCHIVES.append(DATA / "28.5.2-containerd-store" / "whiteout.tar")


def export(archive: Path, engine: str) -> bytes:
    stream = io.BytesIO()
    with tarball.image_from_path(archive, engine=engine) as image:
        crane.export(image, stream)
    return stream.getvalue()


def crane_exports(run_crane, archive: Path, target: Path) -> bytes:
    """crane reads the archive from its standard input."""
    with archive.open("rb") as stream:
        subprocess.run(["crane", "export", "-", target], stdin=stream, check=True)
    return target.read_bytes()


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda it: f"{it.parent.name}/{it.name}")
def test_real_archives(engine, run_crane, tmp_path, archive):
    assert export(archive, engine) == crane_exports(run_crane, archive, tmp_path / "theirs")


def info(name: str, **fields) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def tar_of(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


LONG = "/".join(["a-folder-with-a-name"] * 6)
ODD = {
    "long names": tar_of(
        (info(f"{LONG}/short"), b"1"),
        (info("x" * 150), b"2"),
        (info(f"{LONG}/{'y' * 101}"), b"3"),
        (info("a/" * 60 + "b"), b"4"),
        (info("link", type=tarfile.SYMTYPE, linkname="z" * 120), b""),
    ),
    "long names of GNU": tar_of((info("x" * 150), b"2"), form=tarfile.GNU_FORMAT),
    "names that are not ASCII": tar_of((info("ä/ö"), b"1"), (info("ü" * 60), b"2")),
    "large numbers": tar_of((info("a", uid=3_000_000, gid=2**31, mode=0o7777), b"1")),
    "times": tar_of(
        (info("a", mtime=1.5), b"1"),
        (info("b", mtime=-3.25), b"2"),
        (info("c", mtime=2**34), b"3"),
        (info("d", mtime=12), b"4"),
    ),
    "records": tar_of(
        (info("a", pax_headers={"SCHILY.xattr.user.x": "1", "comment": "hello"}), b"1"),
        (info("b", pax_headers={"atime": "12.5", "ctime": "7"}), b"2"),
        (info("c", pax_headers={"uname": "ann"}, uname="ann"), b"3"),
    ),
    "owners": tar_of((info("a", uname="n" * 40, gname="g"), b"1")),
    "devices": tar_of(
        (info("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3), b""),
        (info("fifo", type=tarfile.FIFOTYPE), b""),
    ),
    "dots": tar_of((info("./a/./b"), b"1"), (info("./", type=tarfile.DIRTYPE), b"")),
    "links that lead out": tar_of(
        (info("in", type=tarfile.SYMTYPE, linkname="a"), b""),
        (info("out", type=tarfile.SYMTYPE, linkname="../a"), b""),
        (info("d/in", type=tarfile.SYMTYPE, linkname="../a"), b""),
        (info("hard", type=tarfile.LNKTYPE, linkname="../../b"), b""),
        (info("absolute", type=tarfile.SYMTYPE, linkname="/etc"), b""),
    ),
}


@pytest.mark.parametrize("content", ODD)
def test_odd_entries(run_crane, tmp_path, content):
    archive = tmp_path / "archive.tar"
    archive.write_bytes(docker_save([ImageSpec([LayerSpec(ODD[content])])]))
    assert export(archive, "python") == crane_exports(run_crane, archive, tmp_path / "theirs")


def image_of(path: Path, *headers: Header) -> Path:
    """An archive whose layer has entries without content."""
    stream = io.BytesIO()
    writer = Writer(stream)
    for header in headers:
        writer.write_header(header)
    writer.close()
    path.write_bytes(docker_save([ImageSpec([LayerSpec(stream.getvalue())])]))
    return path


LINK_WITH_SIZE = (Header("link", typeflag="2", linkname="a", size=5), Header("lost"))


def test_an_entry_with_a_size_but_no_content_ends_the_export(tmp_path, engine):
    archive = image_of(tmp_path / "archive.tar", *LINK_WITH_SIZE)
    with tarfile.open(fileobj=io.BytesIO(export(archive, engine))) as tar:
        assert tar.getnames() == ["link"]


def test_an_entry_with_a_size_but_no_content_ends_cranes_too(run_crane, tmp_path):
    archive = image_of(tmp_path / "archive.tar", *LINK_WITH_SIZE)
    assert export(archive, "python") == crane_exports(run_crane, archive, tmp_path / "theirs")


def test_an_entry_that_pax_cannot_hold_is_refused(run_crane, engine, tmp_path):
    header = Header("null", typeflag="3", devmajor=1 << 30, format=Format.GNU)
    archive = image_of(tmp_path / "archive.tar", header)
    with pytest.raises(errors.ArchiveError) as caught:
        export(archive, engine)
    with archive.open("rb") as stream:
        command = ["crane", "export", "-", tmp_path / "theirs"]
        done = subprocess.run(command, stdin=stream, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == f"Error: {caught.value}\n"


def layers(*contents: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return docker_save([ImageSpec([LayerSpec(tar_of(*entries)) for entries in contents])])


FOLDER = tarfile.DIRTYPE
WHITED_OUT = {
    "a file": layers([(info("a"), b"1"), (info("b"), b"2")], [(info(".wh.a"), b"")]),
    "a folder": layers(
        [(info("d", type=FOLDER), b""), (info("d/a"), b"1"), (info("e"), b"2")],
        [(info(".wh.d"), b"")],
    ),
    "a folder that comes again": layers(
        [(info("d", type=FOLDER), b""), (info("d/a"), b"1")],
        [(info(".wh.d"), b"")],
        [(info("d", type=FOLDER), b""), (info("d/b"), b"2")],
    ),
    "what was in a folder": layers(
        [(info("d", type=FOLDER), b""), (info("d/a"), b"1")],
        [(info("d/.wh..wh..opq"), b""), (info("d/b"), b"2")],
    ),
    "a folder becomes a file": layers(
        [(info("d", type=FOLDER), b""), (info("d/a"), b"1")], [(info("d"), b"2")]
    ),
    "a file changes": layers([(info("a"), b"1")], [(info("a"), b"22")]),
}


@pytest.mark.parametrize("case", WHITED_OUT)
def test_what_is_whited_out(run_crane, tmp_path, case):
    archive = tmp_path / "archive.tar"
    archive.write_bytes(WHITED_OUT[case])
    assert export(archive, "python") == crane_exports(run_crane, archive, tmp_path / "theirs")


@pytest.mark.parametrize("name", ["../a", "a/../../b", "..", "C:\\a", "\\a"])
def test_a_name_that_leads_out_is_refused(tmp_path, engine, name):
    archive = tmp_path / "archive.tar"
    content = make_tar([member(name, b"1")])
    archive.write_bytes(docker_save([ImageSpec([LayerSpec(content)])]))
    with pytest.raises(errors.ArchiveError, match="unsafe tar path"):
        export(archive, engine)


def test_the_command(real_registry, repository, engine, tmp_path):
    target = f"{real_registry.host}/{repository}:1"
    with tarball.image_from_path(ARCHIVES[0], engine=engine) as image:
        crane.push(image, target, engine=engine)
    expected = export(ARCHIVES[0], engine)
    command = [sys.executable, "-m", "pyggcr", "export", "--engine", engine]
    for arguments, given in (
        ([target], b""),
        ([str(ARCHIVES[0]), "-"], b""),
        (["-"], ARCHIVES[0].read_bytes()),
    ):
        done = subprocess.run(
            [*command, *arguments], input=given, stdout=subprocess.PIPE, check=True
        )
        assert done.stdout == expected
    subprocess.run([*command, target, tmp_path / "file.tar"], check=True)
    assert (tmp_path / "file.tar").read_bytes() == expected
