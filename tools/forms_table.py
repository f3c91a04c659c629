"""The tables of docs/cli.md: which command takes an image in which form, and writes it in which.

    python -m tools.forms_table            # write them
    python -m tools.forms_table --check    # say whether they are out of date

``tests/cli/test_forms.py`` and ``test_output_forms.py`` run every cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["COMMANDS", "FORMS", "NOTES", "OUTPUTS", "WITHOUT_IMAGE", "Output", "Row", "rendered"]

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
SAVED = ("app.tar", "app.tar.gz", "-", "docker-archive:", "docker-daemon:")
REGISTRIES = ("docker://", "host/app:1")
WITHOUT_TAGS = ("dir:", *REGISTRIES)  # where an option for a tag finds none, or is refused

# Why a cell says no. The first text is part of the error; the second is only for readers.
NOTES: dict[str, tuple[str, str]] = {
    "a": ("only archives of docker save are compared", "`pyggcr copy` makes one of any image."),
    "b": ("standard input has the new content, not the image", "Save the image to a file first."),
    "c": ("no archive below", "A folder starts a campaign on all its archives."),
    "d": ("works on registries alone", "`pyggcr push` or `copy` brings an image there."),
    "e": ("works on OCI layouts in folders alone", "`pyggcr copy` makes one of any image."),
    "f": ("No such option", "The command works on all images of its argument."),
    "g": ("--platform chooses an image, not an index", "`index filter` chooses entries."),
    "h": ("--platform has no meaning here", "The command works on a name, or on all platforms."),
    "i": ("No such option", "Put the tag after the path: `docker-archive:app.tar:app:1`."),
    "k": ("is a path here", "To push, use `--tag` or a `docker://` prefix."),
    "l": ("copy writes to a registry", "Use `pyggcr copy` or `push`."),
    "m": ("a docker-save archive has no manifest", "Write a layout, or push."),
    "n": ("repair writes one archive", "`pyggcr copy` writes other forms of it."),
    "o": ("not every tool reads a compressed archive", "`repair` writes for every tool."),
    "p": ("works on registries alone", "`pyggcr copy` writes to all forms."),
    "s": ("holds images of one platform only", "The result is always an index."),
    "u": ("", "It is required and names the entries to keep; repeat it for several."),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a command does with each form of an image.

    Attributes:
        refused: by form, the note that says why.
        takes_one: whether it wants one image, not an index.
        as_crane: whether it reads an archive of docker save as crane does.
        platform: the note that says why there is no ``--platform``; empty if it chooses.
        tag: the option that chooses by tag, or the note that says why there is none.
        refuses_index: whether even in a registry several platforms are not enough to go on.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    takes_one: bool = False
    as_crane: bool = False
    platform: str = ""
    tag: str = "--source-tag"
    refuses_index: bool = False

    def cell(self, form: str) -> str:
        """What the table says."""
        if form in self.refused:
            return f"no ({self.refused[form]})"
        if self.as_crane and form in SAVED:
            return "as crane"
        if self.takes_one:
            return "as crane" if form in REGISTRIES and not self.refuses_index else "choose"
        return "yes"


_LOCAL = tuple(form for form in FORMS if form not in REGISTRIES)
_ON_REGISTRIES = dict.fromkeys(_LOCAL, "d")
_READS_ONE = Row(takes_one=True, as_crane=True, tag="--tag")
_READS_ALL = Row(as_crane=True, tag="--tag")
_EDITS = Row(takes_one=True)

COMMANDS: dict[str, Row] = {
    "inspect": _READS_ONE,
    "layers": _READS_ONE,
    "digest": _READS_ALL,
    "manifest": _READS_ALL,
    "config": _READS_ONE,
    "validate": _READS_ALL,
    "export": _READS_ONE,
    "files": _EDITS,
    "cat": _EDITS,
    "extract": _EDITS,
    "diff": Row(takes_one=True, tag="--first-tag"),
    "diff (second)": Row(takes_one=True, tag="--second-tag"),
    "push": _READS_ALL,
    "copy": Row(),
    "pull": Row(tag="i"),
    "convert": Row(),
    "build --base": Row(),
    "append --base": _EDITS,
    "mutate": _EDITS,
    "flatten": Row(),
    "rebase": Row(takes_one=True, refuses_index=True),
    "rebase --new_base": Row(takes_one=True, tag="i"),
    "index list": Row(platform="g"),
    "index filter": Row(platform="u"),
    "index append": Row(),
    "index append --manifest": Row(tag="i"),
    "edit config": Row({"-": "b"}, takes_one=True),
    "edit manifest": Row({"-": "b"}, takes_one=True),
    "edit fs": Row({"-": "b"}, takes_one=True),
    "doctor": Row(platform="f", tag="f"),
    "repair": Row(platform="f", tag="--tag"),
    "differential": Row(
        {"folder": "c", **dict.fromkeys(("oci:", "oci-archive:", "dir:", *REGISTRIES), "a")},
        platform="f",
        tag="--tag",
    ),
    "layout gc": Row(
        {form: "e" for form in FORMS if form not in ("folder", "oci:")}, platform="f", tag="f"
    ),
    "artifact attach": Row(_ON_REGISTRIES, tag="f"),
    "artifact list": Row(_ON_REGISTRIES, tag="f"),
    "artifact pull": Row(_ON_REGISTRIES, tag="f"),
    "referrers": Row(_ON_REGISTRIES, tag="f"),
    "tag": Row(_ON_REGISTRIES, platform="h", tag="f"),
    "delete": Row(_ON_REGISTRIES, platform="h", tag="f"),
}

# Commands that take no image; audit and sync take many, by lists and patterns of their own.
WITHOUT_IMAGE = (
    "engines", "ls", "catalog", "blob", "artifact push", "auth get", "auth login", "auth logout",
    "auth token", "registry serve", "audit", "sync", "crane", "gcrane", "bench", "version", "cp",
    "tools", "completion",
)  # fmt: skip


@dataclass(frozen=True)
class Output:
    """What a command writes to each form.

    Attributes:
        refused: by form, the note that says why.
        holds_index: whether the result may be an index.
        always_index: whether it is one always.
        platform: the note that says why ``--platform`` does not choose; empty if it does.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    holds_index: bool = False
    always_index: bool = False
    platform: str = ""

    def cell(self, form: str) -> str:
        """What the table says."""
        if form in self.refused:
            return f"no ({self.refused[form]})"
        if self.always_index and form in SAVED:
            return "no (s)"
        return "yes" if self.holds_index and form not in SAVED else "image"


_PATHS = {"host/app:1": "k"}
_EDITED = Output(_PATHS)
_WHOLE = Output(_PATHS, holds_index=True)

OUTPUTS: dict[str, Output] = {
    "copy": Output(holds_index=True),
    "pull": Output({"docker://": "l", **_PATHS}, holds_index=True),
    "push": Output(dict.fromkeys(_LOCAL, "p"), holds_index=True),
    "convert": _WHOLE,
    "build": _WHOLE,
    "flatten": _WHOLE,
    "append": _EDITED,
    "mutate": _EDITED,
    "rebase": _EDITED,
    "edit config": _EDITED,
    "edit fs": _EDITED,
    "edit manifest": Output({**dict.fromkeys(SAVED, "m"), **_PATHS}),
    "index filter": Output(_PATHS, holds_index=True, always_index=True, platform="u"),
    "index append": Output(_PATHS, holds_index=True, always_index=True),
    "repair": Output(
        {form: "n" for form in FORMS if form not in ("app.tar", "docker-archive:", "oci-archive:")}
        | {"app.tar.gz": "o"},
        platform="f",
    ),
}


_LEGEND = """\

_yes_: several platforms stay together, unless `--platform` selects one. _choose_: the command needs
a single image. If there are several platforms, use `--platform`; the error lists them. _as crane_:
without `--platform`, the image that crane takes: the one that `manifest.json` lists, or linux/amd64
of an index in a registry.

The second table shows which forms each command writes. `app.tar.gz` stands for names that end with
`.tar.gz`, `.tgz`, `.tar.zst`, `.tzst`, `.tar.xz`, `.txz`, `.tar.bz2` or `.tbz2`: such an archive is
compressed as a whole. Layers with zstd become gzip in archives of docker save and for the daemon.
"""
_LEGEND_OF_OUTPUTS = """\

_yes_: an image or an index. _image_: an image; the error for an index says how to select an image.
"""


def rendered() -> str:
    """The tables, in Markdown."""
    lines = [*_head([*FORMS, "--platform", "--tag"])]
    lines += [
        _line(name, [*(row.cell(form) for form in FORMS), _option(row.platform), _tag(row.tag)])
        for name, row in COMMANDS.items()
    ]
    lines.append(_LEGEND)
    lines += _head(["folder/" if form == "folder" else form for form in (*FORMS, "--platform")])
    lines += [
        _line(name, [*(it.cell(form) for form in FORMS), _option(it.platform)])
        for name, it in OUTPUTS.items()
    ]
    lines.append(_LEGEND_OF_OUTPUTS)
    lines += [f"- ({key}) {': '.join(filter(None, NOTES[key]))}" for key in NOTES]
    return "\n".join([*lines, ""])


def _head(heads: list[str]) -> Iterator[str]:
    yield "| command | " + " | ".join(f"`{head}`" for head in heads) + " |"
    yield "|---" * (len(heads) + 1) + "|"


def _line(name: str, cells: list[str]) -> str:
    return f"| `{name}` | " + " | ".join(cells) + " |"


def _option(note: str) -> str:
    return f"no ({note})" if note else "yes"


def _tag(tag: str) -> str:
    return f"`{tag}`" if tag.startswith("--") else f"no ({tag})"


def main(arguments: list[str]) -> int:
    """Write the tables, or say whether they are out of date."""
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
