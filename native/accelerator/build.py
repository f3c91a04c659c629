"""Compiles the accelerator: ``python native/accelerator/build.py FOLDER`` puts the module there.

cffi's API mode over every C file of this folder, and selftest.py on the result; one module serves
each CPython from 3.10 on where the interpreter knows the stable ABI. setup.py runs it in a process
of its own, so that what the compiler says can be told. Needs cffi, setuptools and a C compiler.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

import cffi
import selftest
from cffi.error import VerificationError

HERE = Path(__file__).resolve().parent
HEADER = HERE / "accelerator.h"
MODULE = "_accelerator"

# Go rounds each float operation on its own: nothing may be fused or reordered.
_FLAGS = ["-std=gnu11", "-O3", "-g0", "-ffp-contract=off", "-fno-fast-math", "-fvisibility=hidden"]
_WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers"]


def declarations(header: str) -> str:
    """The header's declarations, without what only a preprocessor understands."""
    constants = re.findall(r"^#define \w+ \d+$", header, flags=re.MULTILINE)
    code = re.sub(r"^#.*$", "", header, flags=re.MULTILINE)
    return "\n".join([*constants, code])


def build(folder: Path, flags: list[str]) -> Path:
    """Compile the module into the folder, where it appears whole or not at all; its path."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    builder = cffi.FFI()
    builder.cdef(declarations(HEADER.read_text("utf-8")))
    builder.set_source(
        MODULE,
        '#include "accelerator.h"',
        sources=[str(path) for path in sorted(HERE.glob("*.c"))],
        include_dirs=[str(HERE)],
        extra_compile_args=[*_FLAGS, *_WARNINGS, *flags],
        extra_link_args=flags,
        py_limited_api=has_stable_abi(),
        define_macros=[] if has_stable_abi() else [("_CFFI_NO_LIMITED_API", None)],
    )
    with tempfile.TemporaryDirectory(prefix=".accelerator-", dir=folder) as scratch:
        compiled = Path(builder.compile(tmpdir=scratch))
        if wrong := selftest.failures(compiled, MODULE):
            raise VerificationError(f"a test of what was compiled failed: {'; '.join(wrong)}")
        return compiled.replace(folder / compiled.name)


def has_stable_abi() -> bool:
    """Whether a module built here may be loaded by later releases of this interpreter too."""
    special = sysconfig.get_config_var("Py_GIL_DISABLED") or sysconfig.get_config_var("Py_DEBUG")
    return sys.implementation.name == "cpython" and not special


def choose_compiler() -> None:
    """Let CC be a compiler that exists, if the one that built the interpreter does not."""
    usual = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if not os.environ.get("CC") and not shutil.which(usual):
        found = next(filter(shutil.which, ("gcc", "clang", "cc")), None)
        if found:
            os.environ["CC"] = found


def leave_out_search_paths() -> None:
    """Link without the folders of the interpreter that builds, which other machines do not have."""
    usual = shlex.split(sysconfig.get_config_var("LDSHARED") or "")
    if usual and "LDSHARED" not in os.environ:
        linker = shlex.split(os.environ.get("CC", "")) or usual[:1]
        flags = [flag for flag in usual[1:] if not flag.startswith("-Wl,-rpath")]
        os.environ["LDSHARED"] = shlex.join([*linker, *flags])


def main() -> int:
    """Build into the folder that is named first; what follows it are more flags."""
    choose_compiler()
    leave_out_search_paths()
    try:
        print(build(Path(sys.argv[1]), sys.argv[2:]))
    except VerificationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
