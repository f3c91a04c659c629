"""What is built for: this machine, or the target that PYGGCR_TARGET names.

A target is written as zig writes it: ``aarch64-linux-gnu.2.17`` (with the oldest glibc that shall
do), ``x86_64-linux-musl``, ``aarch64-macos.12.0``. Unless CC names a compiler, zig from PyPI (the
package ziglang) compiles. PYGGCR_RUNNER, a command that runs the Python of the target, tries what
was compiled for another machine.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shlex
import shutil
import sys
from dataclasses import dataclass

__all__ = ["RUNNER_VARIABLE", "VARIABLE", "ZIG", "Target", "chosen", "runner"]

VARIABLE = "PYGGCR_TARGET"
RUNNER_VARIABLE = "PYGGCR_RUNNER"
ZIG = "ziglang==0.17.1"

_TRIPLE = re.compile(
    r"(?P<machine>x86_64|aarch64)-(?:linux-(?P<libc>gnu\.2\.\d+|musl)|macos\.(?P<macos>\d+\.\d+))"
)

# The musl that zig links is compatible with this one (PEP 656).
_MUSLLINUX = "musllinux_1_2"


@dataclass(frozen=True)
class Target:
    """Another platform than that of the interpreter that builds, or an older one."""

    triple: str
    machine: str
    libc: str
    macos: str

    @property
    def platform_tag(self) -> str:
        """The last part of a wheel's tag."""
        if self.macos:
            machine = "arm64" if self.machine == "aarch64" else self.machine
            return f"macosx_{self.macos.replace('.', '_')}_{machine}"
        name, _, version = self.libc.partition(".")
        linux = f"manylinux_{version.replace('.', '_')}" if name == "gnu" else _MUSLLINUX
        return f"{linux}_{self.machine}"

    @property
    def has_go_engine(self) -> bool:
        """Whether the Go engine can be built for it here: only for Linux with glibc."""
        return self.libc.startswith("gnu")

    @property
    def runs_here(self) -> bool:
        """Whether this machine can load what is compiled for it."""
        here = (sys.platform, platform.machine(), platform.libc_ver()[0])
        return self.libc.startswith("gnu") and here == ("linux", self.machine, "glibc")

    def compiler(self) -> str:
        """The command that compiles for it; empty if there is none."""
        if given := os.environ.get("CC"):
            return given
        if importlib.util.find_spec("ziglang") is None:
            return ""
        return f"{shlex.quote(sys.executable)} -m ziglang cc -target {self.triple}"

    def accelerator_compiler(self) -> str:
        """The same for the accelerator: a gcc for the target, if there is one.

        Its code is up to 16 % faster than clang's, which zig is. zig links it all the same, against
        the glibc of the target.
        """
        if not os.environ.get("CC") and self.has_go_engine:
            names = [f"{self.machine}-linux-gnu-gcc", *(["gcc"] if self.runs_here else [])]
            if found := next(filter(shutil.which, names), None):
                return found
        return self.compiler()

    def go_environment(self) -> dict[str, str]:
        """What tells Go to build for it."""
        return {"GOOS": "linux", "GOARCH": {"x86_64": "amd64", "aarch64": "arm64"}[self.machine]}


def chosen() -> Target | None:
    """The target that PYGGCR_TARGET names; nothing if it is not set."""
    triple = os.environ.get(VARIABLE)
    if not triple:
        return None
    found = _TRIPLE.fullmatch(triple)
    if not found:
        raise SystemExit(
            f"{VARIABLE} is {triple!r}; it may be such as aarch64-linux-gnu.2.17, "
            "x86_64-linux-musl or aarch64-macos.12.0"
        )
    return Target(triple, found["machine"], found["libc"] or "", found["macos"] or "")


def runner() -> list[str]:
    """The command that runs the target's Python; empty if none is named."""
    return shlex.split(os.environ.get(RUNNER_VARIABLE, ""))
