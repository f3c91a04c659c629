"""Flags of the command line that are options of ``pyggcr.remote``, one for one."""

from __future__ import annotations

from tools.generate.modules import NOTICE, Module, formatted, path_of
from tools.generate.options import fields_of

TARGET = "pyggcr.cli.registry_flags"
SOURCE = "pyggcr._values.remote"

# Field of ``RemoteOptions``: crane's text for it, in the order of the help page, last one first.
FLAGS = {
    "platform": "The platform in the form os/arch[/variant][:osversion] (e.g. linux/amd64).",
    "allow_nondistributable_artifacts": "Allow pushing non-distributable (foreign) layers.",
    "insecure": "Allow image references to be fetched without TLS.",
}


TEMPLATE = '''"""Flags of commands that talk to registries: each is an option of ``pyggcr.remote``.

{notice}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pyggcr._values.remote import ConnectionOptions

__all__ = ["FLAGS", "FLAG_OPTIONS", "RegistryFlags"]

FLAGS = {names!r}

FLAG_OPTIONS = (
{flags})


@dataclass(frozen=True, slots=True)
class RegistryFlags:
    """What was given; ``None`` leaves a choice to the library."""

{fields}
    def options(self) -> ConnectionOptions:
        """The keyword arguments for ``pyggcr.remote``."""
        options: ConnectionOptions = {{
{given}        }}
{perhaps}        return options
'''


def text(source: Module) -> str:
    """The source of the flags, with the types that ``RemoteOptions`` has."""
    types = {name: kind for name, (kind, _doc) in fields_of(source, "RemoteOptions").items()}
    fields = "".join(f"    {name}: {_held(types[name])}\n" for name in FLAGS)
    made = "".join(_flag(name, types[name], text) for name, text in FLAGS.items())
    of = path_of(SOURCE).relative_to(path_of("pyggcr").parents[1])
    always = [name for name in FLAGS if types[name] == "bool"]
    given = "".join(f'            "{name}": self.{name},\n' for name in always)
    perhaps = "".join(
        f'        if self.{name} is not None:\n            options["{name}"] = self.{name}\n'
        for name in FLAGS
        if name not in always
    )
    return formatted(
        TEMPLATE.format(
            notice=NOTICE.format(source=of),
            names=tuple(FLAGS),
            flags=made,
            fields=fields,
            given=given,
            perhaps=perhaps,
        ),
        path_of(TARGET),
    )


def _held(kind: str) -> str:
    return kind if kind == "bool" else "str | None"


def _flag(name: str, kind: str, text: str) -> str:
    flag = f"--{name.replace('_', '-')}"
    how = "is_flag=True" if kind == "bool" else f'metavar="{name.upper()}"'
    return f'    click.option("{flag}", {how}, help="{text}"),\n'
