"""Runs a command line of crane or gcrane: which verb, what comes of it, how the process ends."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

from pyggcr._dataclasses import dataclass
from pyggcr.cli.crane import cobra, streams
from pyggcr.cli.crane.session import INTERRUPTED, Session
from pyggcr.cli.crane.table import ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from pyggcr._values.authn import Keychain
    from pyggcr.cli.crane.commands import Command

__all__ = ["CRANE", "VERBS", "Program", "main", "run"]

# The module and the function of each verb below pyggcr.cli, which are imported when it is run.
VERBS: Mapping[str, str] = {
    "": "crane.help:usage",
    "append": "crane.making:append",
    "__complete": "crane.completion:answer",
    "auth": "crane.help:usage",
    "auth get": "crane.auth:get",
    "auth login": "crane.auth:login",
    "auth logout": "crane.auth:logout",
    "auth token": "crane.auth:token",
    "blob": "crane.reading:blob",
    "catalog": "crane.reading:catalog",
    "completion bash": "crane.completion:script",
    "completion fish": "crane.completion:script",
    "completion powershell": "crane.completion:script",
    "completion zsh": "crane.completion:script",
    "config": "crane.reading:config",
    "copy": "crane.copying:copy",
    "delete": "crane.copying:delete",
    "digest": "crane.reading:digest",
    "edit": "crane.help:usage",
    "edit config": "crane.editing:config",
    "edit fs": "crane.editing:file",
    "edit manifest": "crane.editing:manifest",
    "export": "crane.exporting:export",
    "flatten": "crane.making:flatten",
    "help": "crane.help:topic",
    "index": "crane.help:usage",
    "index append": "crane.indexing:append",
    "index filter": "crane.indexing:filter_platforms",
    "index list": "crane.indexing:list_manifests",
    "layout gc": "crane.indexing:collect_garbage",
    "ls": "crane.reading:list_tags",
    "manifest": "crane.reading:manifest",
    "mutate": "crane.making:mutate",
    "pull": "crane.pulling:pull",
    "push": "crane.pushing:push",
    "rebase": "crane.making:rebase",
    "registry serve": "crane.serving:serve",
    "tag": "crane.copying:tag",
    "validate": "crane.validating:validate",
    "version": "crane.help:version",
}

_COMPLETE = "__complete"
_FAILED, _PANICKED = 1, 2
_BY_SIGNAL = 128  # plus the signal: what is left to do was done meanwhile (pyggcr.cli.signals)


@dataclass(frozen=True, slots=True)
class Program:
    """crane, or a program that has crane's commands and others.

    Attributes:
        root: its commands.
        verbs: which function carries out which command.
        keychain: gives what finds credentials.
    """

    root: Command
    verbs: Mapping[str, str]
    keychain: Callable[[], Keychain]

    def main(self, arguments: Sequence[str]) -> NoReturn:
        """Run a command line without the program's name, and exit."""
        _open_streams()
        code = self.run(arguments)
        try:
            streams.flush()
        except BrokenPipeError:
            streams.die_of_broken_pipe()
        if code > _BY_SIGNAL:
            streams.die_of(code - _BY_SIGNAL)
        sys.exit(code)

    def run(self, arguments: Sequence[str]) -> int:
        """Run a command line without the program's name; returns the exit code."""
        root = self.root
        if _asks_for_completions(arguments):
            from pyggcr.cli.crane.completion import with_completions

            root = with_completions(root)
        try:
            cobra.execute(root, arguments, functools.partial(self._run_verb, arguments))
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

    def _run_verb(self, words: Sequence[str], invocation: cobra.Invocation) -> None:
        path = invocation.command.path().partition(" ")[2]
        module, _, function = self.verbs[path].partition(":")
        session = Session(invocation, words, self.keychain)
        try:
            getattr(importlib.import_module(f"pyggcr.cli.{module}"), function)(session)
            session.finish()
        finally:
            session.close()


def _default_keychain() -> Keychain:
    from pyggcr.authn import DEFAULT_KEYCHAIN

    return DEFAULT_KEYCHAIN


CRANE = Program(ROOT, VERBS, _default_keychain)
main: Callable[[Sequence[str]], NoReturn] = CRANE.main
run: Callable[[Sequence[str]], int] = CRANE.run


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
