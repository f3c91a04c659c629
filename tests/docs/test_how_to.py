"""The how-to pages tell the truth: every block runs, one after the other, and prints what it shows.

The pages have an image in ``app.tar`` and at ``registry.example.com``, one of Docker 25 in
``saved.tar``, a folder ``site`` and wheels in ``dist``; a registry in this process stands for the
one of the pages.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.pages import ROOT, blocks

import pyggcr
from pyggcr import build, crane, registry

TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [TUTORIAL, *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
ARCHIVE = ROOT / "tests" / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"
SAVED = ROOT / "tests" / "data" / "docker" / "25.0.2" / "app-tag.tar"
REGISTRY = "registry.example.com"
LOCAL_REGISTRY = "localhost:5000"
ANYTHING = "…"  # in an output: what depends on the registry's name

# Commands of the tutorial that install pyggcr and start the registry.
DONE_BY_THE_TEST = ("pip install .", "pyggcr registry serve")


@pytest.fixture
def host(monkeypatch, tmp_path):
    """The registry, with the image and its older and newer bases."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with registry.serve(engine="python") as server:
        with pyggcr.open(ARCHIVE) as store:
            crane.push(store.image(), f"{server.host}/app:1")
        with (
            build.layer({"/etc/version": "1\n"}) as old,
            build.layer({"/etc/version": "2\n"}) as new,
            build.layer({"/srv/app": "app\n"}) as own,
        ):
            platforms = ["linux/amd64", "linux/arm64"]
            for tag, layer in (("1", old), ("2", new)):
                both = build.index(layers=[layer], platforms=platforms, env={"PATH": "/bin"})
                build.write(both, f"docker://{server.host}/base:{tag}")
            on_old = build.image(build.image(layers=[old]), [own], cmd=["/srv/app"])
            build.write(build.image(layers=[old]), f"docker://{server.host}/old-base:1")
            build.write(build.image(layers=[new]), f"docker://{server.host}/new-base:1")
            build.write(on_old, f"docker://{server.host}/on-base:1")
        yield server.host


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the pages work in, where ``pyggcr`` is a command."""
    work, programs = tmp_path / "work", tmp_path / "programs"
    for made in (work / "site", work / "dist", programs):
        made.mkdir(parents=True)
    shutil.copy(ARCHIVE, work / "app.tar")
    shutil.copy(SAVED, work / "saved.tar")
    (work / "site" / "index.html").write_text("<p>Hello</p>\n")
    _make_wheel(work / "dist" / "hello-1.0-py3-none-any.whl")
    (programs / "pyggcr").write_text(f'#!/bin/sh\nexec {sys.executable} -m pyggcr "$@"\n')
    (programs / "pyggcr").chmod(0o755)
    command = f"{sys.executable} -m pytest -p pyggcr.testing.plugin -p no:cacheprovider"
    (programs / "pytest").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    (programs / "pytest").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.chdir(work)
    return work


def _make_wheel(path: Path) -> None:
    files = {
        "hello.py": b"def main():\n    print('hello')\n",
        "hello-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n",
        "hello-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n",
        "hello-1.0.dist-info/entry_points.txt": b"[console_scripts]\nhello = hello:main\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(data)}\n"
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.writestr(zipfile.ZipInfo("hello-1.0.dist-info/RECORD"), record)


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.stem)
def test_blocks_print_what_the_page_shows(page, folder, host, require):
    if page.stem == "sync" and importlib.util.find_spec("yaml") is None:
        require("yaml", "PyYAML is not installed (the extra sync)")
    namespace: dict[str, object] = {"__name__": "__main__"}
    found = blocks(page)
    assert found

    if page == TUTORIAL:
        shutil.rmtree(folder / "site")  # it makes its own
    name = LOCAL_REGISTRY if page == TUTORIAL else REGISTRY

    for block in found:
        if page == TUTORIAL and any(it in block.code for it in DONE_BY_THE_TEST):
            continue
        code = block.code.replace(name, host)
        run = run_python if block.language == "python" else run_shell
        printed = run(code, namespace, page.name, block.line)
        shown = printed.replace(host, name)
        wanted = re.escape(block.output).replace(ANYTHING, ".*")
        assert re.fullmatch(wanted, shown), f"{page.name}, line {block.line}: {shown}"


def run_python(code, namespace, name, line):
    printed = io.StringIO()
    compiled = compile("\n" * (line - 1) + code, name, "exec")
    with contextlib.redirect_stdout(printed):
        exec(compiled, namespace)
    return printed.getvalue()


def run_shell(code, _namespace, name, line):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{name}, line {line}: {done.stderr}"
    return done.stdout


def test_every_page_is_listed_in_the_guide():
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert [it.name for it in PAGES if it != TUTORIAL and f"how-to/{it.name}" not in guide] == []


def test_no_page_is_missing():
    assert {page.stem for page in PAGES} >= {
        "add-a-file",
        "change-the-entrypoint",
        "convert",
        "multi-platform",
        "rebase",
        "wheel",
    }
