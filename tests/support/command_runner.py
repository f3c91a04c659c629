"""Runs a command line in this process, with streams of its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from pyggcr.cli.group import CommandLine

__all__ = ["CliRunner", "Result"]


@dataclass(frozen=True)
class Result:
    """What came of a command line.

    Attributes:
        exit_code: as a shell would see it.
        stdout_bytes: standard output.
        stderr_bytes: standard error.
        output_bytes: both, in the order in which they were written.
    """

    exit_code: int
    stdout_bytes: bytes
    stderr_bytes: bytes
    output_bytes: bytes

    @property
    def stdout(self) -> str:
        return self.stdout_bytes.decode("utf-8", "replace")

    @property
    def stderr(self) -> str:
        return self.stderr_bytes.decode("utf-8", "replace")

    @property
    def output(self) -> str:
        return self.output_bytes.decode("utf-8", "replace")


class CliRunner:
    """Runs command lines; has no state."""

    def invoke(
        self,
        program: CommandLine,
        arguments: Sequence[str],
        input: str | bytes | None = None,  # noqa: A002
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command line.

        Args:
            program: what is run.
            arguments: without the name of the program.
            input: standard input.
            env: variables that are set meanwhile.
        """
        given = input.encode() if isinstance(input, str) else input or b""
        code = 0
        with _streams(given) as (stdout, stderr, output), mock.patch.dict(os.environ, env or {}):
            try:
                program.main(list(arguments))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            sys.stdout.flush()
            sys.stderr.flush()
        return Result(code, stdout.getvalue(), stderr.getvalue(), output.getvalue())


class _Copied(io.BytesIO):
    """Bytes that go into another file, too."""

    def __init__(self, output: io.BytesIO) -> None:
        super().__init__()
        self._output = output

    def write(self, data) -> int:
        self._output.write(data)
        return super().write(data)

    def close(self) -> None:
        """What was written is read after the stream is closed."""


@contextmanager
def _streams(given: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO, io.BytesIO]]:
    output = io.BytesIO()
    stdout, stderr = _Copied(output), _Copied(output)
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"),
        "stdout": io.TextIOWrapper(stdout, encoding="utf-8"),
        "stderr": io.TextIOWrapper(stderr, encoding="utf-8", errors="backslashreplace"),
    }
    with mock.patch.multiple(sys, **streams):
        yield stdout, stderr, output
