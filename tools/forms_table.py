"""The table of docs/cli.md: which command takes which form of an image, and ``--platform``.

    python -m tools.forms_table            # write it
    python -m tools.forms_table --check    # say whether it is out of date

``tests/cli/test_forms.py`` runs every cell.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["COMMANDS", "FORMS", "PLATFORM", "REASONS", "rendered"]

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
_BEGIN = "<!-- forms: python -m tools.forms_table -->\n"
_END = "<!-- end of forms -->\n"

# Forms of an image, as they are typed.
FORMS = (
    "app.tar",
    "app.tar.gz",
    "folder",
    "-",
    "docker-archive:",
    "oci:",
    "oci-archive:",
    "dir:",
    "docker-daemon:",
    "docker://",
    "host/app:1",
)

# Why a form is refused; keys stand in the table, and the texts are part of the error.
REASONS = {
    "a": "only archives of docker save are compared",
    "b": "what a registry has is no archive; pull it first",
    "c": "no archive below",
}

_NOT_SAVED = {
    "folder": "c",
    **dict.fromkeys(("oci:", "oci-archive:", "dir:", "docker://", "host/app:1"), "a"),
}

# By command the forms that it refuses; it takes all others.
COMMANDS: dict[str, dict[str, str]] = {
    "inspect": {},
    "layers": {},
    "digest": {},
    "manifest": {},
    "config": {},
    "validate": {},
    "export": {},
    "push": {},
    "copy": {},
    "pull": {},
    "convert": {},
    "append": {},
    "mutate": {},
    "flatten": {},
    "doctor": {"docker://": "b", "host/app:1": "b"},
    "repair": {},
    "differential": _NOT_SAVED,
}

# Commands without --platform, as they are about all images of what they are given.
PLATFORM = {command: command not in ("doctor", "repair", "differential") for command in COMMANDS}


def rendered() -> str:
    """The table, in Markdown."""
    lines = ["| command | " + " | ".join(f"`{form}`" for form in FORMS) + " | `--platform` |"]
    lines.append("|---" * (len(FORMS) + 2) + "|")
    for command, refused in COMMANDS.items():
        cells = [f"no ({refused[form]})" if form in refused else "yes" for form in FORMS]
        cells.append("yes" if PLATFORM[command] else "no such option")
        lines.append(f"| `{command}` | " + " | ".join(cells) + " |")
    notes = [
        f"({key}) {text}: `pyggcr copy` makes one of any image." for key, text in REASONS.items()
    ]
    return "\n".join([*lines, "", *notes, ""])


def main(arguments: list[str]) -> int:
    """Write the table, or say whether it is out of date."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN)
    _, after = rest.split(_END)
    new = f"{before}{_BEGIN}{rendered()}{_END}{after}"
    if "--check" in arguments:
        return int(new != page)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
