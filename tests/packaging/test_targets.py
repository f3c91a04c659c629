"""Builds for other platforms: what PYGGCR_TARGET may be, and what the build makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

NATIVE = Path(__file__).parents[2] / "native"


@pytest.fixture
def build_target(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of that name in native/, which is no package."""
    monkeypatch.syspath_prepend(str(NATIVE))
    monkeypatch.delenv("CC", raising=False)
    for name in ("PYGGCR_TARGET", "PYGGCR_RUNNER", "PYGGCR_NATIVE", "PYGGCR_ACCELERATOR"):
        monkeypatch.delenv(name, raising=False)
    import build_target

    yield build_target
    for name in ("build_target", "toolchain"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("triple", "tag", "has_go_engine"),
    [
        ("x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64", True),
        ("aarch64-linux-gnu.2.28", "manylinux_2_28_aarch64", True),
        ("x86_64-linux-musl", "musllinux_1_2_x86_64", False),
        ("aarch64-macos.12.0", "macosx_12_0_arm64", False),
        ("x86_64-macos.13.1", "macosx_13_1_x86_64", False),
    ],
)
def test_a_target_has_a_tag(
    build_target: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    triple: str,
    tag: str,
    has_go_engine: bool,
) -> None:
    monkeypatch.setenv("PYGGCR_TARGET", triple)

    target = build_target.chosen()

    assert (target.platform_tag, target.has_go_engine) == (tag, has_go_engine)


@pytest.mark.parametrize(
    "triple", ["aarch64", "x86_64-linux-gnu", "riscv64-linux-gnu.2.17", "../x"]
)
def test_what_is_no_target_is_an_error(
    build_target: ModuleType, monkeypatch: pytest.MonkeyPatch, triple: str
) -> None:
    monkeypatch.setenv("PYGGCR_TARGET", triple)

    with pytest.raises(SystemExit, match="PYGGCR_TARGET is .*; it may be such as"):
        build_target.chosen()


def test_a_build_for_a_target_asks_for_zig_unless_there_is_a_compiler(
    build_target: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import toolchain

    assert toolchain.compiler_requirement() == []
    monkeypatch.setenv("PYGGCR_TARGET", "aarch64-linux-gnu.2.17")
    assert toolchain.compiler_requirement() == [build_target.ZIG]
    monkeypatch.setenv("CC", "aarch64-linux-gnu-gcc")
    assert toolchain.compiler_requirement() == []


def test_no_go_engine_is_built_for_musl(
    build_target: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    import toolchain

    monkeypatch.setenv("PYGGCR_TARGET", "x86_64-linux-musl")

    with pytest.raises(toolchain.CannotBuildError, match="not built for x86_64-linux-musl"):
        toolchain.find()


@pytest.mark.packaging
class TestTheAccelerator:
    """A compiler that stands for one of another platform: gcc with a target that it ignores."""

    def build(self, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, NATIVE / "accelerator" / "build.py", folder],
            env={**os.environ, "CC": "gcc", "PYGGCR_TARGET": "x86_64-linux-musl", **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_what_cannot_run_here_is_said_to_be_untried(self, tmp_path: Path) -> None:
        done = self.build(tmp_path, PYGGCR_RUNNER="")

        assert done.returncode == 0, done.stderr
        assert "pyggcr: the accelerator for x86_64-linux-musl was not tried:" in done.stdout
        assert [path.name for path in tmp_path.iterdir()] == ["_accelerator.abi3.so"]

    def test_a_runner_tries_it(self, tmp_path: Path) -> None:
        done = self.build(tmp_path, PYGGCR_RUNNER=sys.executable)

        assert done.returncode == 0, done.stderr
        assert "was not tried" not in done.stdout

    def test_what_a_runner_finds_wrong_is_not_installed(self, tmp_path: Path) -> None:
        done = self.build(tmp_path, PYGGCR_RUNNER=f"{sys.executable} -c 'print(\"bad\"); exit(1)'")

        assert done.returncode == 1
        assert "a test of what was compiled failed: bad" in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_no_file_has_the_search_path_of_the_builder(self, tmp_path: Path) -> None:
        assert self.build(tmp_path, PYGGCR_RUNNER="").returncode == 0

        path = tmp_path / "_accelerator.abi3.so"
        shown = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)

        assert "(NEEDED)" in shown.stdout
        assert "PATH" not in shown.stdout
