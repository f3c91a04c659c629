"""The C ABI is one thing in the header, in Go and in Python. ``make lint`` runs this file.

The C compiler compares each prototype with the Go function, because Go includes the header; what
a compiler does not see is compared here.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyggcr._go import arguments, error

NATIVE = Path(__file__).parents[2] / "native"
HEADER = (NATIVE / "pyggcr.h").read_text()
GO_FILES = {path.name: path.read_text() for path in sorted(NATIVE.glob("*.go"))}

PROTOTYPE = re.compile(r"^(?:pyggcr_status|void|u?int\d+_t) (pyggcr_\w+)\(([^;]*)\);", re.MULTILINE)
EXPORT = re.compile(r"^//export (\w+)\nfunc (\w+)\(([^)]*)\).*\{.*\n(.*)", re.MULTILINE)

# Exports that have no result to report a panic in, and nothing in them that could panic.
CANNOT_PANIC = {
    "pyggcr_abi_version",
    "pyggcr_open_handles",
    "pyggcr_result_clear",
    "pyggcr_result_put",
    "pyggcr_set_opener_callbacks",
    "pyggcr_set_value_callback",
    "pyggcr_stop_opener_callbacks",
}

# What these numbers mean is settled for ever; new ones go to the end of the header's list.
SETTLED = [
    "OK",
    "RUNNING",
    "ERROR",
    "PANIC",
    "CLOSED",
    "CANCELLED",
    "DEADLINE_EXCEEDED",
    "OPENER_RAISED",
    "UNSUPPORTED_OPTION",
    "INVALID_HASH",
    "INVALID_REFERENCE",
    "INVALID_PLATFORM",
    "JSON",
    "ARCHIVE",
    "TRUNCATED",
    "MISSING_FILE",
    "LINK_CYCLE",
    "AMBIGUOUS_IMAGE",
    "TAG_NOT_FOUND",
    "COMPRESSION",
    "UNKNOWN_BLOB",
    "UNKNOWN_DIFF_ID",
    "MISMATCHED_LAYERS",
    "VALIDATION",
    "FILE_ACCESS",
    "MISSING_PATH",
    "PATH_PERMISSION",
    "TRANSPORT",
    "IMAGE_NOT_FOUND",
]


TAGS = re.findall(r"^    PYGGCR_(\w+) = \d+,", HEADER.split("enum pyggcr_tag")[1], re.MULTILINE)


def prototypes():
    return dict(PROTOTYPE.findall(HEADER))


def exports():
    return {
        exported: (function, arguments, first)
        for text in GO_FILES.values()
        for exported, function, arguments, first in EXPORT.findall(text)
    }


def statuses():
    return {
        name: int(number)
        for name, number in re.findall(
            r"^    PYGGCR_(\w+) = (\d+),$", HEADER.split("enum pyggcr_tag")[0], re.MULTILINE
        )
    }


def test_every_prototype_is_exported_by_go_and_every_export_is_declared():
    assert set(prototypes()) == set(exports())


def test_an_export_has_the_name_of_its_function():
    assert all(exported == function for exported, (function, _, _) in exports().items())


@pytest.mark.parametrize("name", sorted(prototypes()))
def test_go_takes_as_many_arguments_as_the_header_says(name):
    declared = prototypes()[name]
    count = 0 if declared == "void" else declared.count(",") + 1
    arguments = exports()[name][1]
    assert count == (arguments.count(",") + 1 if arguments else 0)


@pytest.mark.parametrize("name", sorted(set(prototypes()) - CANNOT_PANIC - {"pyggcr_release"}))
def test_every_export_turns_a_panic_into_a_status(name):
    assert exports()[name][2] == "\tdefer guard(&status, result)"


def test_release_turns_a_panic_into_a_status_though_it_has_no_result():
    assert "defer guard(&status, &ignored)" in GO_FILES["library.go"]


@pytest.mark.parametrize("file", sorted(GO_FILES))
def test_every_goroutine_recovers_its_panics(file):
    text = GO_FILES[file]
    for started in re.findall(r"^\tgo \w+\.(\w+)\(", text, re.MULTILINE):
        body = re.search(rf"^func .*\b{started}\(.*?^}}", text, re.MULTILINE | re.DOTALL)
        assert body is not None
        assert "defer recovered(" in body[0]


def test_status_numbers_keep_their_meaning():
    assert {name: statuses().get(name) for name in SETTLED} == {
        name: number for number, name in enumerate(SETTLED)
    }


def test_every_status_of_a_failure_has_a_class():
    assert set(error.CLASSES) == set(statuses()) - {"OK", "RUNNING"}


def test_go_knows_no_status_that_the_header_lacks():
    used = set(re.findall(r"\bC\.PYGGCR_(\w+)", "".join(GO_FILES.values())))
    assert used - {"ABI_VERSION", "SLICE_MS"} - set(TAGS) <= set(statuses())


def test_few_functions_are_exported():
    assert len(exports()) <= 14


def test_python_s_tags_are_those_of_the_header():
    assert {name: getattr(arguments, name) for name in TAGS} == {
        name: number for number, name in enumerate(TAGS)
    }


def test_python_s_declarations_are_those_of_the_header():
    run = subprocess.run(
        [sys.executable, str(NATIVE / "generate_declarations.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_check_of_the_declarations_can_fail():
    spec = importlib.util.spec_from_file_location("g", NATIVE / "generate_declarations.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    other = HEADER.replace(
        "int64_t pyggcr_open_handles(void);", "int32_t pyggcr_open_handles(void);"
    )
    assert generator.generate(other.encode()) != generator.generate(HEADER.encode())


def test_the_library_has_every_function(go):
    lib = go.library.load().lib
    for name in prototypes():
        assert callable(getattr(lib, name))


def test_the_library_is_the_go_containerregistry_that_go_mod_pins(go):
    pinned = re.search(r"go-containerregistry (v\S+)", (NATIVE / "go.mod").read_text())
    assert go.info.go_containerregistry == pinned[1]
