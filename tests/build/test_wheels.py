"""Wheels as layers: the files that pip installs, and what is refused."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile

import pytest

from pyggcr import build
from pyggcr.errors import BuildError

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
FILES = {
    "app/__init__.py": b"",
    "app/cli.py": (
        b"def main():\n    print('hello')\n\n\nclass Group:\n    run = staticmethod(main)\n"
    ),
    "app-1.0.data/scripts/app-shell": b"#!/bin/sh\necho hello\n",
    "app-1.0.data/scripts/app-script": b"#!python\nprint('hello')\n",
    "app-1.0.data/data/share/app/note.txt": b"note\n",
    "app-1.0.data/headers/app.h": b"#define APP 1\n",
    "app-1.0.data/purelib/more.py": b"MORE = 1\n",
    "app-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n",
    "app-1.0.dist-info/WHEEL": (
        b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    ),
    "app-1.0.dist-info/entry_points.txt": (
        b"[console_scripts]\napp = app.cli:main\n[gui_scripts]\nApp-Gui = app.cli:Group.run [x]\n"
        b"[other]\nignored = app\n"
    ),
}
RECORD = "app-1.0.dist-info/RECORD"


def digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def record(files) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((name, digest(data), len(data)) for name, data in files.items())
    writer.writerow((RECORD, "", ""))
    return text.getvalue().encode()


@pytest.fixture
def make(tmp_path):
    """``make(files, …)``: a wheel of these files."""

    def make(files=FILES, *, name="app-1.0-py3-none-any.whl", recorded=None):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, data in files.items():
                info = zipfile.ZipInfo(file)
                # pip makes no script executable that is not in the wheel, as the format wants.
                info.external_attr = (0o100755 if ".data/scripts/" in file else 0o100644) << 16
                archive.writestr(info, data)
            archive.writestr(RECORD, record(files) if recorded is None else recorded)
        return path

    return make


def contents(*sources):
    """Mode and bytes of each file, by path."""
    with build.layer(*sources) as layer, layer.uncompressed() as stream:
        content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        files = [it for it in archive if it.isfile()]
        return {it.name: (it.mode, archive.extractfile(it).read()) for it in files}


def test_the_files_are_those_that_pip_installs(make, tmp_path):
    wheel = make()
    prefix = tmp_path / "prefix"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"),
            *("--no-index", "--disable-pip-version-check", "--root-user-action=ignore"),
            *("--ignore-installed", "--prefix", prefix, wheel),
        ],
        check=True,
    )
    by_pip = {
        str(path.relative_to(prefix)): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in prefix.rglob("*")
        if path.is_file()
    }
    ours = {
        path.removeprefix("opt/"): found
        for path, found in contents(
            build.wheel(wheel, "/opt", python=PYTHON, interpreter=sys.executable)
        ).items()
    }

    info = f"lib/python{PYTHON}/site-packages/app-1.0.dist-info"
    only_pip = {f"{info}/REQUESTED", f"{info}/direct_url.json"}
    assert set(ours) == set(by_pip) - only_pip
    made_anew = {f"{info}/RECORD", f"{info}/INSTALLER", "bin/app", "bin/App-Gui"}
    assert {path: ours[path] for path in set(ours) - made_anew} == {
        path: by_pip[path] for path in set(ours) - made_anew
    }
    assert {path: ours[path][0] for path in made_anew} == {
        path: by_pip[path][0] for path in made_anew
    }
    assert names_in(ours[f"{info}/RECORD"][1]) == names_in(by_pip[f"{info}/RECORD"][1]) - {
        "app-1.0.dist-info/REQUESTED",
        "app-1.0.dist-info/direct_url.json",
    }


def names_in(text: bytes) -> set[str]:
    return {row[0] for row in csv.reader(io.StringIO(text.decode()))}


def test_what_was_installed_runs(make, tmp_path):
    entries = build.wheel(make(), "/usr", python=PYTHON, interpreter=sys.executable)
    with build.layer(entries) as layer, layer.uncompressed() as stream:
        content = io.BytesIO(stream.read())
    with tarfile.open(fileobj=content) as archive:
        archive.extractall(tmp_path, filter="fully_trusted")
    site = tmp_path / "usr" / "lib" / f"python{PYTHON}" / "site-packages"

    for script in ("app", "App-Gui", "app-script", "app-shell"):
        done = subprocess.run(
            [tmp_path / "usr" / "bin" / script],
            env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        assert (done.stdout, done.stderr) == ("hello\n", ""), script


def test_scripts_get_the_interpreter_of_the_image(make):
    found = contents(build.wheel(make(), python="3.12"))

    assert found["usr/local/bin/app"][1].startswith(b"#!/usr/local/bin/python3.12\n")
    assert found["usr/local/bin/app-script"][1].startswith(b"#!/usr/local/bin/python3.12\n")
    assert found["usr/local/bin/app-shell"][1].startswith(b"#!/bin/sh\n")


def test_record_tells_the_truth(make):
    found = contents(build.wheel(make(), python="3.12"))
    site = "usr/local/lib/python3.12/site-packages"
    for name, recorded, size in csv.reader(io.StringIO(found[f"{site}/{RECORD}"][1].decode())):
        if name == RECORD:
            continue
        path = f"usr/local/{name[9:]}" if name.startswith("../../../") else f"{site}/{name}"
        data = found[path][1]
        assert (recorded, int(size)) == (digest(data), len(data)), name


WHEEL = "app-1.0.dist-info/WHEEL"


@pytest.mark.parametrize(
    ("changed", "name", "text"),
    [
        ({}, "app-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", "only wheels of pure Python"),
        ({}, "app.whl", "a wheel is named NAME-VERSION-PYTHON-ABI-PLATFORM.whl"),
        ({}, "other-1.0-py3-none-any.whl", "one folder other-1.0.dist-info is needed"),
        (
            {WHEEL: FILES[WHEEL].replace(b"true", b"false")},
            "app-1.0-py3-none-any.whl",
            "only wheels of pure Python",
        ),
        (
            {WHEEL: FILES[WHEEL].replace(b"1.0", b"2.0")},
            "app-1.0-py3-none-any.whl",
            "wheels of version '2.0' are not known",
        ),
        ({"../evil.py": b""}, "app-1.0-py3-none-any.whl", "cannot contain .."),
        ({"/evil.py": b""}, "app-1.0-py3-none-any.whl", "/evil.py is no name of a file"),
        ({"a\\b.py": b""}, "app-1.0-py3-none-any.whl", "is no name of a file"),
        (
            {"app-1.0.data/other/x": b""},
            "app-1.0-py3-none-any.whl",
            "nobody knows where app-1.0.data/other/x goes",
        ),
        (
            {"app-1.0.dist-info/entry_points.txt": b"[console_scripts]\napp = app.cli\n"},
            "app-1.0-py3-none-any.whl",
            "the entry point app = app.cli makes no sense",
        ),
        (
            {"app-1.0.dist-info/entry_points.txt": b"no section\n"},
            "app-1.0-py3-none-any.whl",
            "entry_points.txt",
        ),
    ],
)
def test_what_is_refused(make, changed, name, text):
    wheel = make({**FILES, **changed}, name=name)
    with pytest.raises(BuildError) as caught:
        build.wheel(wheel, python="3.12")
    assert text in str(caught.value)
    assert str(caught.value).startswith(str(wheel)) or text == "cannot contain .."


def test_files_that_record_does_not_list_are_refused(make):
    without = {name: data for name, data in FILES.items() if name != "app/cli.py"}
    with pytest.raises(BuildError, match=r"RECORD has no SHA-256 of app/cli\.py"):
        build.wheel(make(recorded=record(without)), python="3.12")


def test_files_that_are_missing_are_noticed(make):
    with pytest.raises(BuildError, match=r"RECORD lists gone\.py, which is missing"):
        build.wheel(make(recorded=record({**FILES, "gone.py": b""})), python="3.12")


def test_a_file_that_is_not_what_record_says_makes_no_layer(make):
    other = FILES["app/cli.py"].replace(b"hello", b"HELLO")
    entries = build.wheel(make(recorded=record({**FILES, "app/cli.py": other})), python="3.12")
    with pytest.raises(BuildError, match=r"app/cli\.py is not what RECORD says"):
        build.layer(entries)


def test_a_file_that_is_no_zip(tmp_path):
    wheel = tmp_path / "app-1.0-py3-none-any.whl"
    wheel.write_text("no zip")
    with pytest.raises(BuildError, match="File is not a zip file"):
        build.wheel(wheel, python="3.12")


@pytest.mark.parametrize("python", ["3", "2.7", "3.12.1", "three"])
def test_a_version_of_python_is_needed(make, python):
    with pytest.raises(BuildError):
        build.wheel(make(), python=python)
