"""What is wrong with a command line."""

from __future__ import annotations

__all__ = ["BadValueError", "CommandError", "UsageError"]


class CommandError(Exception):
    """A command failed, for a reason that no class of ``pyggcr.errors`` stands for."""


class UsageError(CommandError):
    """A command line makes no sense; ``path`` is the command whose help says what does."""

    path: str = ""

    def __str__(self) -> str:
        text = " ".join(super().__str__().split())
        return f"{text} (see '{self.path} --help')" if self.path else text


class BadValueError(Exception):
    """A value is none that an option or argument takes; the reader adds which of them it is."""
