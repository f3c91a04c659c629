"""Panics become ``NativePanicError``; the process lives on. On a library built for these tests."""

from __future__ import annotations

import pytest
from support.boundary import NATIVE

SCRIPT = """
import sys, types
sys.path.insert(0, sys.argv[1])
import generate_declarations as generator

module = types.ModuleType("pyggcr._go._declarations")
exec(generator.generate(generator.HEADER.read_bytes(), testing=True), module.__dict__)
sys.modules[module.__name__] = module

from pyggcr import limits
from pyggcr._go import call, library, open_handles
from pyggcr.errors import CancelledError, DeadlineExceededError, NativePanicError

loaded = library.load()

def panic_in_export():
    result = loaded.ffi.new("pyggcr_result *")
    status = loaded.lib.pyggcr_test_panic(result)
    try:
        call.check(loaded.ffi, loaded.lib, status, result)
    finally:
        loaded.lib.pyggcr_result_clear(result)

def panic_in_call():
    call.ask(call.nothing, "test_panic_in_call")

def block():
    call.ask(call.nothing, "test_block")
"""

SHOW = """
try:
    {use}()
except NativePanicError as error:
    print(error, "testing.go" in error.go_stack, open_handles())
"""


@pytest.fixture
def run(run_python, misbehaving_library):
    def run(script):
        return run_python(SCRIPT + script, NATIVE, PYGGCR_GO_LIBRARY=str(misbehaving_library))

    return run


def test_a_panic_in_an_export_is_an_error_with_go_s_stack(run):
    assert run(SHOW.format(use="panic_in_export")) == "panic: on purpose True 0\n"


def test_a_panic_in_a_call_is_an_error_with_go_s_stack(run):
    expected = "panic: on purpose, in a goroutine True 0\n"
    assert run(SHOW.format(use="panic_in_call")) == expected


def test_the_library_still_works_after_a_panic(run):
    again = SHOW.format(use="panic_in_call") + SHOW.format(use="panic_in_export")
    assert run(again).count("on purpose") == 2


def test_blocked_work_ends_with_its_timeout(run):
    script = """
try:
    with limits.limit(timeout=0.1):
        block()
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
        block()
except CancelledError as error:
    print(error, open_handles())
"""
    assert run(script) == "context canceled 0\n"
