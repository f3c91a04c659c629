"""How a run ends: exit codes, one-line errors, Ctrl-C and broken pipes.

Every way out of a command passes through ``CommandLine.main``, also under click's test runner.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from pyggcr.cli import screen
from pyggcr.cli.output import printable
from pyggcr.errors import Error

__all__ = ["CHECK_FAILED", "CommandLine", "HintedError", "with_pages"]

CHECK_FAILED = 1
_UNUSABLE = 2
# 128 plus the signal, as a shell reports a program that the signal ended.
_INTERRUPTED = 128 + 2
_BROKEN_PIPE = 128 + 13

# What click raises, from 8.2 on, where a group has no command: help is the answer, not an error.
_HELP_WANTED = "NoArgsIsHelpError"

# Columns below which help has no room for two columns of text, and the fewest that it takes.
_NARROW, _LEAST = 60, 20

TRACEBACK_VARIABLE = "PYGGCR_TRACEBACK"


class HintedError(Error):
    """An error whose text is the library's, with a hint for the user on a line of its own."""

    def __init__(self, message: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class _Context(click.Context):
    def make_formatter(self) -> click.HelpFormatter:
        """Help as wide as the terminal: click's is never below 50 columns."""
        if (width := screen.width_of(sys.stdout)) >= _NARROW:
            return super().make_formatter()
        from pyggcr.cli.help_pages import NarrowFormatter

        return NarrowFormatter(width=max(width - 1, _LEAST))


def with_pages(command: click.Command) -> click.Command:
    """Have a command, and those in it if it is a group, show help as wide as the terminal."""
    command.context_class = _Context
    if isinstance(command, click.Group):
        for each in command.commands.values():
            with_pages(each)
    return command


class CommandLine(click.Group):
    """A click group that turns every outcome into an exit code and at most one error line.

    A command returns its exit code, or ``None`` for 0.
    """

    context_class: type[click.Context] = _Context

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands; on a narrow terminal there are two lines for what each does."""
        if formatter.width >= _NARROW - 1:
            super().format_commands(ctx, formatter)
            return
        with formatter.section("Commands"):
            commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
            limit = 2 * formatter.width
            formatter.write_dl(
                [(name, it.get_short_help_str(limit)) for name, it in commands if it is not None]
            )

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run a command line and exit; takes what ``click.Group.main`` takes."""
        options["standalone_mode"] = False
        _open_outputs()
        try:
            code = super().main(*args, **options)
            # The interpreter would flush at exit too, but could then only complain.
            sys.stdout.flush()
        except Exception as error:  # noqa: BLE001 - the last resort: users see no traceback
            code = _exit_code(error)
        sys.exit(code or 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; sees to the errors that click would end with a message of its own."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, EOFError, OSError) as error:
            ctx.exit(_exit_code(error))


def _open_outputs() -> None:
    """Let what nobody wants to hear go nowhere: Python has no stream where a shell closed one."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def _exit_code(error: BaseException) -> int:
    """The exit code after an error, which is reported unless the user knows of it."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return _INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return _broken_pipe()
    if type(error).__name__ == _HELP_WANTED and isinstance(error, click.UsageError):
        click.echo(error.format_message())
        return 0
    if isinstance(error, click.UsageError):
        return _report(_usage_text(error))
    if isinstance(error, HintedError):
        return _report(error.message, error.hint)
    if isinstance(error, (click.ClickException, Error, OSError)):
        return _report(str(error), _helper_hint(str(error)))
    text = f"unexpected {type(error).__name__}: {error}"
    return _report(f"{text} (a bug; {TRACEBACK_VARIABLE}=1 shows where)")


def _helper_hint(text: str) -> str:
    """What to do where a credential helper is missing; else nothing."""
    if "docker-credential-" not in text:
        return ""
    from pyggcr.authn.helpers import install_hint

    return install_hint(text)


def _report(text: str, hint: str = "") -> int:
    if os.environ.get(TRACEBACK_VARIABLE, "") not in ("", "0"):
        import traceback

        traceback.print_exc()
    click.echo(f"pyggcr: {printable(text.rstrip())}", err=True)
    if hint:
        click.echo(f"pyggcr: hint: {printable(hint)}", err=True)
    return _UNUSABLE


def _usage_text(error: click.UsageError) -> str:
    text = " ".join(error.format_message().split())
    return f"{text} (see '{error.ctx.command_path} --help')" if error.ctx else text


def _broken_pipe() -> int:
    # What is still buffered goes nowhere, so that the interpreter's own flush cannot fail.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return _BROKEN_PIPE
