"""Built twice, by other Pythons and by both engines: one digest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyggcr
from pyggcr import build, tarball

ROOT = Path(__file__).parents[2]
APP = ROOT / "tests" / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"

# Built from a folder, a mapping and a base, once by each way of compressing that there is.
SCRIPT = """
import sys
from pyggcr import build, convert, tarball
from pyggcr._gostd import codecs

folder, archive, deflater = sys.argv[1:]
with codecs.use_deflater(deflater):
    with (
        tarball.image_from_path(archive, engine="python") as base,
        build.layer(
            build.from_path(folder, "/srv"),
            {"/etc/motd": "hello"},
            deleted=["/etc/passwd"],
            created=1_700_000_000,
        ) as layer,
    ):
        image = build.image(base, [layer], env={"A": "b"}, entrypoint=["/srv/run"])
        index = build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])
        with convert.image(image, "oci", compression="gzip", level=6) as converted:
            print(image.digest(), index.digest(), converted.digest())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("folder")
    for number in range(20):
        (root / f"{number}").mkdir()
        (root / f"{number}" / "data").write_text(f"{number}\n" * 500)
    (root / "run").symlink_to("0/data")
    return root


def pythons():
    """Other interpreters of this machine that can run pyggcr, by their versions."""
    found = {}
    candidates = [*Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python")]
    candidates += [
        Path(path) for name in range(10, 20) if (path := shutil.which(f"python3.{name}"))
    ]
    for path in candidates:
        asked = subprocess.run(
            [path, "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        version = tuple(map(int, asked.stdout.split()))
        if version >= (3, 10) and version != sys.version_info[:2]:
            found.setdefault(version, path)
    return found


def digests(python, folder, deflater="python"):
    """What a process of its own builds."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-c", SCRIPT, folder, APP, deflater],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def expected(folder):
    return digests(sys.executable, folder)


def test_built_twice(folder, expected):
    assert digests(sys.executable, folder) == expected
    assert len(set(expected)) == 3


def test_with_the_accelerator_and_without(folder, expected, require):
    from pyggcr._gostd import accelerator

    if accelerator.load() is None:
        require("accelerator", accelerator.why_missing())
    assert digests(sys.executable, folder, "accelerator") == expected


def test_on_other_versions_of_python(folder, expected, require):
    others = pythons()
    if not others:
        require("pythons", "there is no other Python from 3.10 on")
    for version, python in others.items():
        assert digests(python, folder) == expected, version


def test_on_both_engines(folder, expected, engine, monkeypatch):
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    with (
        pyggcr.use_engine(engine),
        tarball.image_from_path(APP, engine=engine) as base,
        build.layer(
            build.from_path(folder, "/srv"),
            {"/etc/motd": "hello"},
            deleted=["/etc/passwd"],
            created=1_700_000_000,
        ) as layer,
    ):
        image = build.image(base, [layer], env={"A": "b"}, entrypoint=["/srv/run"])
        assert str(image.digest()) == expected[0]
