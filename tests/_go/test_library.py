"""Loading: lazy, checked, and refused in a forked child."""

from __future__ import annotations

import json

import pytest

from pyggcr.compression import profile_of

FORK = """
import os, sys
from pyggcr import tarball
from pyggcr.errors import ForkedProcessError

def opened():
    return tarball.image_from_path(sys.argv[1], engine="go")

image = opened()
stream = image.layers()[0].compressed()
child = os.fork()
if child == 0:
    refused = 0
    for use in (opened, image.digest, image.layers, stream.read):
        try:
            use()
        except ForkedProcessError as error:
            refused += "spawn" in str(error) and "python" in str(error)
    image.close()
    stream.close()
    os._exit(refused)
assert image.digest()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

FORK_FIRST = """
import os, sys
from pyggcr import tarball
from pyggcr._go import library

child = os.fork()
if child == 0:
    image = tarball.image_from_path(sys.argv[1], engine="go")
    os._exit(42 if image.digest() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), library.loaded())
"""

REFUSED = """
from pyggcr import _go
print(_go.describe().reason)
"""


def test_importing_the_engine_loads_neither_cffi_nor_the_library(run_python):
    script = (
        "import sys, pyggcr._go as g; print(g.library.loaded(), '_cffi_backend' in sys.modules)"
    )
    assert run_python(script).split() == ["False", "False"]


def test_a_forked_child_is_refused_with_advice_and_does_not_hang(run_python, small_archive):
    assert run_python(FORK, small_archive) == "4\n"


def test_a_child_forked_before_the_first_use_may_use_the_engine(run_python, small_archive):
    assert run_python(FORK_FIRST, small_archive) == "42 False\n"


def test_a_missing_library_is_said_to_be_missing(run_python, tmp_path):
    reason = run_python(REFUSED, PYGGCR_GO_LIBRARY=str(tmp_path / "none.so"))
    assert "none.so does not exist" in reason
    assert 'engine="python"' in reason


def test_why_the_build_left_the_library_out_is_told(run_python, tmp_path):
    (tmp_path / "_build.json").write_text('{"built": false, "reason": "no C compiler"}')
    reason = run_python(REFUSED, PYGGCR_GO_LIBRARY=str(tmp_path / "none.so"))
    assert "it was not built: no C compiler" in reason


def test_a_file_that_is_no_library_is_refused(run_python, tmp_path):
    (tmp_path / "bad.so").write_bytes(b"not a library")
    reason = run_python(REFUSED, PYGGCR_GO_LIBRARY=str(tmp_path / "bad.so"))
    assert "cannot be loaded" in reason


def test_a_library_of_another_header_is_refused(run_python):
    script = "from pyggcr._go import _declarations as d; d.HEADER = 64 * '0'\n" + REFUSED
    assert "built from another pyggcr.h" in run_python(script)


@pytest.mark.parametrize("attribute", ["go_version", "gzip_profile"])
def test_the_library_says_what_it_was_built_with(go, attribute):
    assert getattr(go.info, attribute).startswith("go1.")


def test_the_library_says_what_it_was_built_for(go):
    goarch, _, goamd64 = go.info.go_platform.partition("/")
    assert bool(goamd64) == (goarch == "amd64")
    assert go.info.gzip_profile == profile_of(go.info.go_version, goarch, goamd64)


PROFILE = """
from pyggcr import engine, _go
print(engine.gzip_profile_for(engine.select("python"), None), _go.library.loaded())
"""


@pytest.mark.parametrize(
    ("version", "goarch", "goamd64", "profile"),
    [
        ("go1.26.8", "amd64", "v3", "go1.26"),
        ("go1.27.3", "amd64", "v1", "go1.27"),
        ("go1.27.3", "amd64", "v3", "go1.27-amd64v3"),
        ("go1.27.3", "arm64", "", "go1.27-arm64"),
        ("go1.28.0", "amd64", "v1", "go1.26"),
        ("go1.27.3", "sparc64", "", "go1.26"),
    ],
)
def test_the_python_engine_follows_the_record_of_the_build_without_loading_the_library(
    run_python, tmp_path, version, goarch, goamd64, profile
):
    record = {"built": True, "go_version": version, "goarch": goarch, "goamd64": goamd64}
    (tmp_path / "_build.json").write_text(json.dumps(record))
    library = tmp_path / "libpyggcr.so"
    library.touch()
    assert run_python(PROFILE, PYGGCR_GO_LIBRARY=str(library)) == f"{profile} False\n"
