"""The wheels of a release keep their promises, and a wheel that breaks one is found."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.building import environment
from support.shared_builds import locked, shared_folder

from tools.wheels import promises
from tools.wheels.kinds import KINDS

ROOT = Path(__file__).parents[2]
MakeWheel = Callable[[str], Path]


@pytest.fixture
def make_wheel(
    tmp_path_factory: pytest.TempPathFactory, require: Callable[[str, str], None]
) -> MakeWheel:
    """Build a wheel of a kind with ``tools.wheels``; once for all workers."""
    if importlib.util.find_spec("auditwheel") is None:
        require("release", "the extra release is not installed")
    folder = shared_folder(tmp_path_factory) / "release"
    folder.mkdir(exist_ok=True)

    def make(name: str) -> Path:
        with locked(folder / f"{name}.lock"):
            if not list(folder.glob(f"*-{KINDS[name].tag}.whl")):
                command = [sys.executable, "-m", "tools.wheels", name, "--output", folder]
                done = subprocess.run(
                    command,
                    cwd=ROOT,
                    env=environment(),
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, done.stdout + done.stderr
        (path,) = folder.glob(f"*-{KINDS[name].tag}.whl")
        return path

    return make


@pytest.mark.full
@pytest.mark.parametrize("name", list(KINDS))
def test_every_wheel_keeps_its_promises(make_wheel: MakeWheel, name: str) -> None:
    wheel = make_wheel(name)

    assert promises.broken_promises(wheel) == {}
    modules = promises.linked_modules(wheel)
    assert ("github.com/google/go-containerregistry" in modules) == KINDS[name].go_engine


def _changed(wheel: Path, folder: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a wheel whose files went through ``change``, which may leave some out."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return copy


@pytest.mark.full
class TestABrokenPromiseIsFound:
    def test_no_licence(self, make_wheel: MakeWheel, tmp_path: Path) -> None:
        wheel = _changed(
            make_wheel("pure"),
            tmp_path,
            lambda name, data: None if name.endswith("/THIRD_PARTY_NOTICES") else data,
        )

        assert promises.broken_promises(wheel)["notices"] == ["THIRD_PARTY_NOTICES is missing"]

    def test_a_compiled_part_in_a_pure_wheel(self, make_wheel: MakeWheel, tmp_path: Path) -> None:
        wheel = _changed(make_wheel("pure"), tmp_path, lambda _, data: data)
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("pyggcr/_gostd/_accelerator.abi3.so", b"")

        assert promises.broken_promises(wheel)["contents"] == [
            "the accelerator is missing, or is where it should not be"
        ]

    def test_too_large(self, make_wheel: MakeWheel, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(promises, "LARGEST", 1000)

        (fault,) = promises.broken_promises(make_wheel("pure"))["size"]
        assert fault.endswith(" bytes, and may have 1,000")

    def test_a_search_path_of_the_builder(self, make_wheel: MakeWheel, tmp_path: Path) -> None:
        source = tmp_path / "empty.c"
        source.touch()
        library = tmp_path / "library.so"
        flags = ["-shared", "-fPIC", "-nostdlib", "-Wl,-rpath,/opt/builder/lib"]
        subprocess.run(["gcc", *flags, source, "-o", library], check=True)
        wheel = _changed(
            make_wheel("musl-x86_64"),
            tmp_path,
            lambda name, data: library.read_bytes() if name.endswith(".so") else data,
        )

        (fault,) = promises.broken_promises(wheel)["search paths"]
        assert fault.startswith("pyggcr/_gostd/_accelerator.abi3.so has R")

    def test_a_tag_that_promises_too_much(self, make_wheel: MakeWheel, tmp_path: Path) -> None:
        source = tmp_path / "new.c"
        source.write_text(
            "int getentropy(void *, unsigned long); int f(void) { return getentropy(0, 0); }"
        )
        library = tmp_path / "library.so"
        subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", library], check=True)
        musl = make_wheel("musl-x86_64")
        wheel = tmp_path / musl.name.replace("musllinux_1_2", "manylinux_2_17")
        changed = _changed(
            musl,
            tmp_path,
            lambda name, data: library.read_bytes() if name.endswith(".so") else data,
        )
        shutil.move(changed, wheel)

        (fault,) = promises.broken_promises(wheel)["auditwheel"]
        # Which of them is the next one above 2.25 differs among auditwheel's releases.
        assert re.fullmatch("auditwheel says manylinux_2_2[5-9]_x86_64", fault)
