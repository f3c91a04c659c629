"""Write ``pyggcr/_go/_declarations.py``: what cffi makes of ``pyggcr.h``.

cffi's out-of-line ABI mode, so that loading the library needs neither a C compiler nor a parser
of C. Run it after every change of the header; a test fails when the two differ.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import sys
import tempfile
from pathlib import Path

import cffi

HEADER = Path(__file__).with_name("pyggcr.h")
MODULE = Path(__file__).parents[1] / "pyggcr" / "_go" / "_declarations.py"

_BANNER = '''\
"""What cffi made of native/pyggcr.h; written by native/generate_declarations.py, not by hand."""

# ruff: noqa: E501, Q000
# fmt: off
# mypy: ignore-errors
'''


def declarations(header: str) -> str:
    """The C declarations of the header, without what only a preprocessor understands."""
    constants = re.findall(r"^#define \w+ \d+$", header, flags=re.MULTILINE)
    code = re.sub(r"^#.*$", "", header, flags=re.MULTILINE)
    return "\n".join([*constants, code])


def generate(header: bytes) -> str:
    """The text of the Python module for this header."""
    ffi = cffi.FFI()
    ffi.cdef(declarations(header.decode()))
    ffi.set_source("pyggcr._go._declarations", None)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        written = Path(folder, "declarations.py")
        ffi.emit_python_code(str(written))
        code = written.read_text()
    fingerprint = hashlib.sha256(header).hexdigest()
    return f'{_BANNER}{code}\nHEADER = "{fingerprint}"\n'


def main() -> int:
    """Write the module; with ``--check`` only say whether it is up to date."""
    text = generate(HEADER.read_bytes())
    if "--check" in sys.argv[1:]:
        if MODULE.read_text() == text:
            return 0
        print(f"{MODULE} does not match {HEADER}: run {Path(__file__).name}", file=sys.stderr)
        return 1
    MODULE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
