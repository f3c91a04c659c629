"""``completion``: scripts for shells, which ask ``pyggcr __complete`` what a word can become.

The scripts are those of ``crane completion``, with another name in them.
"""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.output import write_bytes

__all__ = ["answer", "answer_plainly", "completion"]

_SHELLS = ("bash", "fish", "powershell", "zsh")
_DROP_INS = ("crane", "gcrane")

# What the scripts call, to get words with and without what they mean.
COMPLETE, PLAIN = "__complete", "__completeNoDesc"


@reader.command()
@reader.argument("shell", metavar="SHELL", type=reader.Choice(_SHELLS))
@reader.option("--no-descriptions", is_flag=True, help="Offer words without what they mean")
def completion(shell: str, no_descriptions: bool) -> None:
    """Print what makes a shell complete commands, options and values: bash, zsh, fish, powershell.

    For this shell alone: source <(pyggcr completion bash), or in fish pyggcr completion fish |
    source. For all: pyggcr completion bash > /etc/bash_completion.d/pyggcr, pyggcr completion zsh >
    "${fpath[1]}/_pyggcr", or pyggcr completion fish > ~/.config/fish/completions/pyggcr.fish.
    """
    from pyggcr.cli.crane.completion import renamed
    from pyggcr.cli.crane.scripts import SCRIPTS

    text = renamed(SCRIPTS[shell], "pyggcr")
    if no_descriptions:
        text = text.replace(f"{COMPLETE} ", f"{PLAIN} ")
    write_bytes(text.encode())


@reader.command(COMPLETE, takes_all=True)
def answer(words: tuple[str, ...]) -> int:
    """Print what the last word can become, with what it means, and a directive."""
    return _answer(COMPLETE, words)


@reader.command(PLAIN, takes_all=True)
def answer_plainly(words: tuple[str, ...]) -> int:
    """Print what the last word can become, and a directive."""
    return _answer(PLAIN, words)


def _answer(asked: str, words: tuple[str, ...]) -> int:
    if len(words) > 1 and words[0] in _DROP_INS:
        return _of_drop_in(words[0], [asked, *words[1:]])
    from pyggcr.cli.commands import app
    from pyggcr.cli.reader.completion import candidates

    found, directive = candidates(app, words)
    shown = asked == COMPLETE
    lines = [f"{word}\t{about}" if shown and about else word for word, about in found]
    write_bytes("\n".join((*lines, f":{directive}", "")).encode("utf-8", "surrogateescape"))
    return 0


def _of_drop_in(name: str, words: list[str]) -> int:
    if name == "crane":
        from pyggcr.cli.crane.program import run
    else:
        from pyggcr.cli.gcrane.program import run
    return run(words)
