"""Runs a command line of crane: which verb, what comes of it, and how the process ends."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from pyggcr.cli.crane import cobra, streams
from pyggcr.cli.crane.session import INTERRUPTED, Session
from pyggcr.cli.crane.table import ROOT

__all__ = ["VERBS", "main", "run"]

# The module and the function of each verb, which are imported when it is run.
VERBS = {
    "crane": "help:usage",
    "crane append": "making:append",
    "crane __complete": "completion:answer",
    "crane auth": "help:usage",
    "crane auth get": "auth:get",
    "crane auth login": "auth:login",
    "crane auth logout": "auth:logout",
    "crane auth token": "auth:token",
    "crane blob": "reading:blob",
    "crane catalog": "reading:catalog",
    "crane completion bash": "completion:script",
    "crane completion fish": "completion:script",
    "crane completion powershell": "completion:script",
    "crane completion zsh": "completion:script",
    "crane config": "reading:config",
    "crane copy": "copying:copy",
    "crane delete": "copying:delete",
    "crane digest": "reading:digest",
    "crane edit": "help:usage",
    "crane edit config": "editing:config",
    "crane edit fs": "editing:file",
    "crane edit manifest": "editing:manifest",
    "crane export": "exporting:export",
    "crane flatten": "making:flatten",
    "crane help": "help:topic",
    "crane index": "help:usage",
    "crane index append": "indexing:append",
    "crane index filter": "indexing:filter_platforms",
    "crane index list": "indexing:list_manifests",
    "crane layout gc": "indexing:collect_garbage",
    "crane ls": "reading:list_tags",
    "crane manifest": "reading:manifest",
    "crane mutate": "making:mutate",
    "crane pull": "pulling:pull",
    "crane push": "pushing:push",
    "crane rebase": "making:rebase",
    "crane registry serve": "serving:serve",
    "crane tag": "copying:tag",
    "crane validate": "validating:validate",
    "crane version": "help:version",
}

_COMPLETE = "__complete"
_FAILED, _PANICKED = 1, 2
_BY_SIGNAL = 128  # plus the signal: what is left to do was done meanwhile (pyggcr.cli.signals)


def main(arguments: Sequence[str]) -> NoReturn:
    """Run a command line without the program's name, and exit."""
    _open_streams()
    code = run(arguments)
    try:
        streams.flush()
    except BrokenPipeError:
        streams.die_of_broken_pipe()
    if code > _BY_SIGNAL:
        streams.die_of(code - _BY_SIGNAL)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command line without the program's name; returns the exit code."""
    root = ROOT
    if _asks_for_completions(arguments):
        from pyggcr.cli.crane.completion import with_completions

        root = with_completions(ROOT)
    try:
        cobra.execute(root, arguments, functools.partial(_run_verb, arguments))
        streams.flush()
    except cobra.UnknownCommandError as error:
        streams.write_error(f"Error: {error}\nRun '{root.path()} --help' for usage.\n")
        return _FAILED
    except SystemExit as error:
        return int(error.code or 0)
    except KeyboardInterrupt:
        streams.write_error(f"Error: {INTERRUPTED}\n")
        return _FAILED
    except BrokenPipeError:
        streams.die_of_broken_pipe()
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: users see no traceback
        return _report(error)
    return 0


def _run_verb(words: Sequence[str], invocation: cobra.Invocation) -> None:
    path = invocation.command.path()
    module, _, function = VERBS[path].partition(":")
    session = Session(invocation, words)
    try:
        getattr(importlib.import_module(f"pyggcr.cli.crane.{module}"), function)(session)
        session.finish()
    finally:
        session.close()


def _report(error: Exception) -> int:
    from pyggcr.crane.wrapping import LogFatalError
    from pyggcr.errors import Error, NativePanicError

    if isinstance(error, LogFatalError):
        streams.log(str(error))
        return _FAILED
    if isinstance(error, NativePanicError):
        streams.write_error(f"panic: {error}\n")
        return _PANICKED
    if isinstance(error, (cobra.CommandError, Error, OSError)):
        streams.write_error(f"Error: {error}\n")
        return _FAILED
    if os.environ.get("PYGGCR_TRACEBACK", "") not in ("", "0"):
        import traceback

        traceback.print_exc()
    streams.write_error(
        f"panic: unexpected {type(error).__name__}: {error} "
        "(a bug of pyggcr; PYGGCR_TRACEBACK=1 shows where)\n"
    )
    return _PANICKED


def _asks_for_completions(arguments: Sequence[str]) -> bool:
    return any(argument.startswith(_COMPLETE) for argument in arguments)


def _open_streams() -> None:
    """Let what nobody wants to hear go nowhere: Python has no stream where a shell closed one."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
