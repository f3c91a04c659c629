"""How a run ends, whatever a command does: exit codes, and at most one line of error."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
from support.command_runner import CliRunner, Result

from pyggcr.cli import reader
from pyggcr.cli.group import CommandLine, HintedError
from pyggcr.errors import ArchiveError, EngineUnavailableError, MissingPathError, TruncatedError


def run(command: Callable[[], object], *arguments: str) -> Result:
    group = CommandLine("pyggcr")

    @group.command("act")
    @reader.option("--count", type=int, help="How many")
    def act(count: int | None) -> object:
        return command()

    return CliRunner().invoke(group, arguments or ("act",))


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


def test_a_command_that_returns_nothing_is_good() -> None:
    assert run(lambda: None).exit_code == 0


def test_a_command_may_return_its_exit_code() -> None:
    assert run(lambda: 1).exit_code == 1


@pytest.mark.parametrize(
    "error",
    [
        ArchiveError("archive/tar: invalid tar header"),
        EngineUnavailableError("no Go here"),
        TruncatedError("unexpected EOF"),
        MissingPathError("open x: no such file or directory", errno.ENOENT),
        OSError("No space left on device"),
    ],
)
def test_an_expected_error_is_its_text_on_one_line(error: Exception) -> None:
    result = run(raising(error))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"pyggcr: {error}\n"


def test_an_error_text_of_several_lines_is_one_line() -> None:
    result = run(raising(ArchiveError("file a\n\x1b[2Jb not found in tar")))

    assert result.stderr == "pyggcr: file a\\x0a\\x1b[2Jb not found in tar\n"


def test_a_hint_is_a_line_of_its_own() -> None:
    result = run(raising(HintedError("tag x not found in tarball", hint="--tag can be app:1")))

    assert result.exit_code == 2
    assert result.stderr == (
        "pyggcr: tag x not found in tarball\npyggcr: hint: --tag can be app:1\n"
    )


def test_a_bug_is_one_line_that_says_how_to_see_more() -> None:
    result = run(raising(TypeError("boom")))

    assert result.exit_code == 2
    assert result.stderr == (
        "pyggcr: unexpected TypeError: boom (a bug; PYGGCR_TRACEBACK=1 shows where)\n"
    )


def test_the_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYGGCR_TRACEBACK", "1")

    result = run(raising(TypeError("boom")))

    assert "Traceback (most recent call last)" in result.stderr
    assert result.stderr.endswith("(a bug; PYGGCR_TRACEBACK=1 shows where)\n")


def test_ctrl_c_ends_quietly() -> None:
    result = run(raising(KeyboardInterrupt()))

    assert result.exit_code == 130
    assert result.output == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("act", "--colour"), "No such option '--colour'"),
        (("act", "extra"), "Got unexpected extra argument"),
        (("act", "--count", "many"), "Invalid value for '--count'"),
        (("act", "--count"), "Option '--count' requires an argument"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_wrong_usage_is_one_line(arguments: tuple[str, ...], text: str) -> None:
    result = run(lambda: None, *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert text.replace("'", "") in result.stderr.replace("'", "").replace("option:", "option")
    assert result.stderr.startswith("pyggcr: ")
    assert result.stderr.count("\n") == 1
