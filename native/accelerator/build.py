"""Compiles the accelerator: ``python native/accelerator/build.py FOLDER`` puts the module there.

cffi's API mode over every C file of this folder, and selftest.py on the result; one module serves
each CPython from 3.10 on where the interpreter knows the stable ABI. setup.py runs it in a process
of its own, so that what the compiler says can be told. Needs cffi, setuptools and a C compiler.

With PYGGCR_TARGET it compiles for another platform (see native/build_target.py): always for the
stable ABI, whose headers are the same everywhere but for sizes, which the compiler knows.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import cffi
import selftest
from cffi.error import VerificationError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import build_target  # noqa: E402

HEADER = HERE / "accelerator.h"
MODULE = "_accelerator"

# Go rounds each float operation on its own: nothing may be fused or reordered.
_FLAGS = ["-std=gnu11", "-O3", "-g0", "-ffp-contract=off", "-fno-fast-math", "-fvisibility=hidden"]
# What the headers of the stable ABI need to know of a platform.
_PYCONFIG = """\
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H
#define SIZEOF_INT __SIZEOF_INT__
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_VOID_P __SIZEOF_POINTER__
#define SIZEOF_WCHAR_T __SIZEOF_WCHAR_T__
#define ALIGNOF_SIZE_T __SIZEOF_SIZE_T__
#define ALIGNOF_LONG __SIZEOF_LONG__
#define SIZEOF_PID_T __SIZEOF_INT__
#define HAVE_UNISTD_H 1
#define HAVE_STDINT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_WCHAR_H 1
#endif
"""
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
    target = build_target.chosen()
    with tempfile.TemporaryDirectory(prefix=".accelerator-", dir=folder) as scratch:
        if target:
            compiled = compile_for(target, builder, Path(scratch), flags)
        else:
            compiled = compile_here(builder, scratch, flags)
        if wrong := selftest_failures(compiled, target):
            raise VerificationError(f"a test of what was compiled failed: {'; '.join(wrong)}")
        return compiled.replace(folder / compiled.name)


def compile_here(builder: cffi.FFI, scratch: str, flags: list[str]) -> Path:
    """Compile for the interpreter that runs this, as setuptools does."""
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
    return Path(builder.compile(tmpdir=scratch))


def compile_for(
    target: build_target.Target, builder: cffi.FFI, scratch: Path, flags: list[str]
) -> Path:
    """Compile for a target, with the compiler alone: setuptools knows only its own platform."""
    compiler = shlex.split(target.compiler())
    if not compiler:
        raise VerificationError(f"for {target.triple}, CC or the package ziglang is needed")
    if not has_stable_abi():
        raise VerificationError(f"for {target.triple}, build with a Python that has the stable ABI")
    builder.set_source(MODULE, '#include "accelerator.h"')
    source = scratch / f"{MODULE}.c"
    builder.emit_c_code(str(source))
    compiled = scratch / f"{MODULE}.abi3.so"
    linking = ["-undefined", "dynamic_lookup"] if target.macos else ["-Wl,-s"]
    compiling = [
        *shlex.split(target.accelerator_compiler()),
        *shlex.split(os.environ.get("CFLAGS", "")),
        *_FLAGS,
        *_WARNINGS,
        "-fPIC",
        "-DNDEBUG",
        "-DPy_LIMITED_API=0x030A0000",
        f"-I{python_headers(scratch)}",
        f"-I{HERE}",
        *flags,
    ]
    sources = [source, *sorted(HERE.glob("*.c"))]
    objects = [str(scratch / f"{path.stem}.o") for path in sources]
    # One by one: zig names the objects of several sources otherwise than gcc does.
    for path, compiled_object in zip(sources, objects, strict=True):
        run_compiler([*compiling, "-c", str(path), "-o", compiled_object], scratch)
    # Whichever compiled, this one knows the oldest versions of the functions that are called.
    run_compiler([*compiler, *flags, *linking, "-shared", *objects, "-o", str(compiled)], scratch)
    return compiled


def run_compiler(command: list[str], folder: Path) -> None:
    """Run a compiler in a folder, where it leaves its object files."""
    run = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    if run.returncode != 0:
        raise VerificationError(f"{command[0]} failed:\n{run.stderr}")


def python_headers(scratch: Path) -> Path:
    """Python's headers, with a pyconfig.h that serves every target instead of this machine's."""
    folder = scratch / "include"
    folder.mkdir()
    for path in Path(sysconfig.get_path("include")).iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "pyconfig.h").unlink(missing_ok=True)
    (folder / "pyconfig.h").write_text(_PYCONFIG, "utf-8")
    return folder


def selftest_failures(compiled: Path, target: build_target.Target | None) -> list[str]:
    """What is wrong with the module, tried here, or with PYGGCR_RUNNER where the target is."""
    if target is None or target.runs_here:
        return selftest.failures(compiled, MODULE)
    runner = build_target.runner()
    if not runner:
        print(
            f"pyggcr: the accelerator for {target.triple} was not tried: this machine cannot load "
            f"it, and {build_target.RUNNER_VARIABLE} names no command that runs its Python"
        )
        return []
    command = [*runner, selftest.__file__, str(compiled), MODULE]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode == 0:
        return []
    return run.stdout.splitlines() or [f"{runner[0]} failed: {run.stderr.strip()}"]


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
    if not build_target.chosen():
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
