"""Build information is read as ``go version -m`` reads it; damaged files end in one error."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pyggcr import limits
from pyggcr._dataclasses import replace
from pyggcr._gostd import buildinfo
from pyggcr._gostd.buildinfo import BuildInfo, Module
from pyggcr.errors import BuildInfoError, DeadlineExceededError

DATA = Path(__file__).parents[1] / "data" / "executables"
RECORDED = json.loads((DATA / "recorded.json").read_text())
LIBRARY = "github.com/google/go-containerregistry"
DAMAGED = 60  # files of each kind


@pytest.fixture(scope="module")
def go_version(require):
    """``go_version(path, …)``: what ``go version -m`` prints of each, without the path."""
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")

    def run(*paths: Path) -> dict[Path, str]:
        done = subprocess.run(["go", "version", "-m", *paths], capture_output=True)
        said = done.stdout.decode("utf-8", "surrogateescape")
        # A damaged text may hold line ends.
        names = "|".join(re.escape(str(path)) for path in paths)
        parts = re.split(rf"^({names}): ", said, flags=re.MULTILINE)
        return {Path(name): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}

    return run


def printed(info: BuildInfo) -> str:
    """As ``go version -m`` prints it."""
    lines = str(replace(info, go_version=""))
    listed = lines[:-1].split("\n") if lines else []
    return f"{info.go_version}\n" + "".join(f"\t{line}\n" for line in listed)


def skeleton(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.gz").read_bytes())


def read(data: bytes) -> BuildInfo:
    return buildinfo.read(io.BytesIO(data))


def test_every_skeleton_is_recorded():
    assert {path.name.removesuffix(".gz") for path in DATA.glob("*.gz")} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_an_executable_of_each_system_tells_what_go_reads_from_it(name):
    assert printed(read(skeleton(name))) == RECORDED[name]


def test_settings_tell_the_processor():
    info = read(skeleton("linux-amd64-v3"))
    assert (info.setting("GOARCH"), info.setting("GOAMD64"), info.setting("GOARM64")) == (
        "amd64",
        "v3",
        "",
    )


def test_a_universal_executable_tells_of_its_first(tmp_path):
    first, second = skeleton("darwin-arm64"), skeleton("darwin-amd64")
    entries = [(0x0100000C, 4096, len(first)), (0x01000007, 4096 + len(first), len(second))]
    header = b"\xca\xfe\xba\xbe" + len(entries).to_bytes(4, "big")
    for kind, offset, size in entries:
        for number in (kind, 0, offset, size, 12):
            header += number.to_bytes(4, "big")
    whole = header.ljust(4096, b"\0") + first + second

    assert printed(read(whole)) == RECORDED["darwin-arm64"]


def test_real_programs_are_read_as_go_reads_them(go_version, run_crane):
    programs = [Path(shutil.which(name) or "") for name in ("crane", "gcrane", "go")]
    for path, wanted in go_version(*programs).items():
        with path.open("rb") as file:
            assert printed(buildinfo.read(file)) == wanted

    with programs[0].open("rb") as file:
        main = buildinfo.read(file).module(LIBRARY)
    assert main is not None
    assert f"v{run_crane('version')}".startswith((main.version, "v(devel)", "vv"))


def test_a_program_of_go_1_17_points_to_its_texts(go_version, tmp_path):
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True)
    folder = Path(root.stdout.strip()) / "src" / "debug" / "buildinfo" / "testdata"
    old = tmp_path / "old"
    old.write_bytes(base64.b64decode((folder / "go117" / "go117.base64").read_bytes()))
    old.chmod(0o755)

    info = read(old.read_bytes())

    assert info.go_version.startswith("go1.17")
    assert {old: printed(info)} == go_version(old)


def test_a_program_of_another_language_is_told_from_no_program():
    with pytest.raises(BuildInfoError, match="^not a Go executable$"):
        read(skeleton("linux-amd64").replace(b"\xff Go buildinf:", b"\xff No buildinf:"))
    for data in (b"", b"#!/bin/sh\n", b"MZ" + bytes(100), b"\x7fELF" + bytes(60)):
        with pytest.raises(BuildInfoError, match="^unrecognized file format$"):
            read(data)


@pytest.mark.parametrize("name", RECORDED)
def test_all_that_go_reads_of_damaged_programs_is_read(name, go_version, tmp_path):
    chance = random.Random(name)
    whole = skeleton(name)
    blob = whole.index(b"\xff Go buildinf:")
    files = []
    for number in range(DAMAGED):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3))):
            place = chance.choice((chance.randrange(1024), blob + chance.randrange(64)))
            data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        if number % 10 == 0:
            del data[chance.randrange(len(data)) :]
        files.append(tmp_path / f"{number}")
        files[-1].write_bytes(data)
        files[-1].chmod(0o755)

    wanted = go_version(*files)
    found = {}
    for path in files:
        try:
            found[path] = printed(read(path.read_bytes()))
        except BuildInfoError:
            continue

    # Go also checks parts of the headers that do not lead to the build information.
    assert wanted.items() <= found.items()


def test_a_length_beyond_all_memory_is_refused():
    data = bytearray(skeleton("linux-amd64"))
    at = data.index(b"\xff Go buildinf:") + 32
    data[at : at + 10] = b"\xff" * 9 + b"\x01"
    with pytest.raises(BuildInfoError, match="^not a Go executable$"):
        read(bytes(data))


def test_segments_that_stand_for_the_same_bytes_again_and_again_are_read_once():
    count, megabyte = 60_000, 1 << 20
    header = bytearray(b"\x7fELF\2\1\1".ljust(16, b"\0") + bytes(48))
    header[20] = 1
    header[32:40] = (64).to_bytes(8, "little")
    header[54:56] = (56).to_bytes(2, "little")
    header[56:58] = count.to_bytes(2, "little")
    segments = b"".join(
        b"".join(
            number.to_bytes(size, "little")
            for number, size in (
                (1, 4),
                (2, 4),
                (0, 8),
                (place * megabyte, 8),
                (0, 8),
                (megabyte, 8),
                (count * megabyte, 8),
                (0, 8),
            )
        )
        for place in range(1, count + 1)
    )
    data = bytes(header) + segments

    class Counting(io.BytesIO):
        total = 0

        def read(self, size=-1, /):
            found = super().read(size)
            self.total += len(found)
            return found

    file = Counting(data)
    with pytest.raises(BuildInfoError):
        buildinfo.read(file)
    assert file.total <= 3 * len(data)


def test_limits_hold():
    with limits.limit(timeout=1e-9), pytest.raises(DeadlineExceededError):
        read(skeleton("linux-amd64"))


def test_a_replaced_module_is_the_replacement():
    text = (
        "path\texample.com/app\n"
        "mod\texample.com/app\t(devel)\t\n"
        f"dep\t{LIBRARY}\tv0.17.0\n"
        f"=>\t{LIBRARY}\tv0.19.0\th1:abc=\n"
        "\n"
        'build\t-ldflags="-X main.version=1 -s"\n'
        'build\t"a b"=c\n'
    )

    info = buildinfo.parse(text)

    module = info.module(LIBRARY)
    assert module is not None
    assert module.built == Module(LIBRARY, "v0.19.0", "h1:abc=")
    assert dict(info.settings) == {"-ldflags": "-X main.version=1 -s", "a b": "c"}
    assert str(info) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("mod\ta", "line 2: expected 2 or 3 columns; got 1"),
        ("=>\ta\tb\tc", "line 2: replacement with no module on previous line"),
        ("=>\ta\tb", "line 2: expected 3 columns for replacement; got 2"),
        ("build\t", "line 2: build line missing '='"),
        ("build\t=a", "line 2: build line with missing key"),
        ("build\ta", "line 2: build line missing '=' after key"),
        ("build\ta b=c", 'line 2: unquoted key "a b" must be quoted'),
        ("build\ta=b c", 'line 2: unquoted value "b c" must be quoted'),
        ('build\ta="b', "line 2: invalid quoted value in build line"),
        ('build\t"a', "line 2: invalid quoted key in build line"),
        ('build\t"a"', "line 2: build line missing '=' after quoted key"),
        ('build\t"a"b', "line 2: unexpected character after quoted key: 'b'"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_in_gos_words(line, text):
    with pytest.raises(BuildInfoError) as caught:
        buildinfo.parse(f"path\ta\n{line}\n")
    assert str(caught.value) == f"could not parse Go build info: {text}"


SYSTEMS = [
    *("linux/amd64", "linux/arm64", "linux/386", "linux/mips", "linux/ppc64", "freebsd/amd64"),
    *("darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64", "windows/386"),
    *("aix/ppc64", "plan9/amd64", "plan9/386"),
]


@pytest.mark.full
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("flags", ["", "-s -w"])
def test_programs_built_for_other_systems_are_read_as_go_reads_them(
    system, flags, go_version, tmp_path
):
    (tmp_path / "go.mod").write_text("module example.com/app\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { println() }\n")
    goos, goarch = system.split("/")
    environment = {**os.environ, "GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0"}
    build = ["go", "build", "-ldflags", flags, "-o", "app", "."]
    subprocess.run(build, cwd=tmp_path, env=environment, check=True)
    path = tmp_path / "app"
    wanted = go_version(path)

    found = {}
    with contextlib.suppress(BuildInfoError):
        found[path] = printed(read(path.read_bytes()))

    assert found == wanted
