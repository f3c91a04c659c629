"""Messages cost no import of ``logging`` unless somebody listens, or is warned."""

from __future__ import annotations

import logging
import subprocess
import sys

from pyggcr._os.logs import Log

QUIET = """
import sys
from pyggcr._os.logs import Log
log = Log("pyggcr.quiet")
log.debug("one")
log.info("two")
assert not log.enabled()
assert "logging" not in sys.modules
"""


def run(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == ""
    return ran.stderr


def test_who_does_not_listen_pays_nothing():
    assert run(QUIET) == ""


def test_a_warning_is_seen_by_everybody():
    assert run(f"{QUIET}log.warning('there are %d', 3)") == "there are 3\n"


def test_who_listens_hears_all_and_who_said_it(caplog):
    log = Log("pyggcr.loud")
    with caplog.at_level(logging.DEBUG, "pyggcr.loud"):
        assert log.enabled()
        log.debug("a %s", "b")
        log.info("c")
        log.warning("d", extra={"told": "e"})

    assert [it.getMessage() for it in caplog.records] == ["a b", "c", "d"]
    assert {it.name for it in caplog.records} == {"pyggcr.loud"}
    assert {it.pathname for it in caplog.records} == {__file__}
    assert caplog.records[-1].told == "e"


def test_levels_of_a_logger_hold(caplog):
    log = Log("pyggcr.picky")
    with caplog.at_level(logging.INFO, "pyggcr.picky"):
        assert not log.enabled()
        log.debug("a")
        log.info("b")
    assert [it.getMessage() for it in caplog.records] == ["b"]
