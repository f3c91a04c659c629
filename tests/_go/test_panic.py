"""Panics become ``NativePanicError``; the process lives on. On a library built for these tests."""

from __future__ import annotations

import pytest

SCRIPT = """
from pyggcr import limits
from pyggcr._go import open_handles
from pyggcr._go.objects import GoImage
from pyggcr._go.table import function
from pyggcr.errors import CancelledError, DeadlineExceededError, NativePanicError
"""

SHOW = """
try:
    function("test.{use}")()
except NativePanicError as error:
    print(error, "testing.go" in error.go_stack, open_handles())
"""


@pytest.fixture
def run(run_python, misbehaving_library):
    def run(script):
        return run_python(SCRIPT + script, PYGGCR_GO_LIBRARY=str(misbehaving_library))

    return run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PanicInline", "panic: on purpose"),
        ("Panic", "panic: on purpose, in a goroutine"),
        ("PanicInObject", "panic: on purpose, in an object"),
    ],
)
def test_a_panic_is_an_error_with_go_s_stack(run, name, text):
    assert run(SHOW.format(use=name)) == f"{text} True 0\n"


def test_the_library_still_works_after_a_panic(run):
    again = SHOW.format(use="Panic") + SHOW.format(use="PanicInline")
    again += 'print(function("test.Image")().digest())'
    answer = run(again)
    assert answer.count("on purpose") == 2
    assert answer.splitlines()[-1].startswith("sha256:732112270d7e")


def test_blocked_work_ends_with_its_timeout(run):
    script = """
try:
    with limits.limit(timeout=0.1):
        function("test.Block")()
except DeadlineExceededError as error:
    print(error, open_handles())
"""
    assert run(script) == "context deadline exceeded 0\n"


def test_blocked_work_ends_when_its_token_is_cancelled(run):
    script = """
import threading
token = limits.CancelToken()
threading.Timer(0.1, token.cancel).start()
try:
    with limits.limit(cancel=token):
        function("test.Block")()
except CancelledError as error:
    print(error, open_handles())
"""
    assert run(script) == "context canceled 0\n"
