"""Questions on a terminal."""

from __future__ import annotations

import sys

__all__ = ["ask"]


def ask(question: str, *, hidden: bool = False) -> str:
    """Ask until there is an answer, on standard error; output may go elsewhere.

    Args:
        question: what is asked for.
        hidden: whether the answer is not to be seen on the terminal.

    Raises:
        KeyboardInterrupt: nobody answers.
    """
    while True:
        try:
            answer = _hidden(f"{question}: ") if hidden else _visible(f"{question}: ")
        except EOFError:
            raise KeyboardInterrupt from None
        if answer:
            return answer


def _visible(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer.removesuffix("\n")


def _hidden(prompt: str) -> str:
    from getpass import getpass

    return getpass(prompt, sys.stderr)
