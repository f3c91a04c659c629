"""Flags of the command line that are options of ``pyggcr.remote``, one for one."""

from __future__ import annotations

from pathlib import Path

from tools.generate.modules import Module
from tools.generate.options import fields_of, with_section

TARGET = "pyggcr.cli.registry_options"
SOURCE = "pyggcr._values.remote"
RECORD = "RemoteOptions"

# Field of ``RemoteOptions``: its help text, in the order of the help page, last one first.
FLAGS = {
    "platform": "Platform in the form os/arch[/variant][:osversion], such as linux/amd64",
    "allow_nondistributable_artifacts": "Allow pushing non-distributable (foreign) layers",
    "insecure": "Allow plain HTTP, and TLS without verified certificates",
    "hosts": "Settings of registry hosts: system for the system's files, or paths of files",
}


TEMPLATE = '''
FLAGS = {names!r}

FLAG_OPTIONS = (
{flags})


@dataclass(frozen=True, slots=True)
class RegistryChoice:
    """How to talk to registries; ``None`` leaves a choice to the library."""

{fields}    engine: str | None

    def options(self) -> ConnectionOptions:
        """The keyword arguments for ``pyggcr.remote`` and ``pyggcr.crane``."""
        options: ConnectionOptions = {{
{given}            "engine": self.engine,
            "user_agent": user_agent(),
        }}
{perhaps}        if self.hosts is not None:
            from pyggcr.authn import NAMESPACE_KEYCHAIN

            options["keychain"] = NAMESPACE_KEYCHAIN
        return options
'''


def with_flags() -> tuple[Path, str]:
    """The path of the module, and its text with the flags at its end."""
    types = {name: kind for name, (kind, _doc) in fields_of(Module(SOURCE), RECORD).items()}
    always = [name for name in FLAGS if types[name] == "bool"]
    text = TEMPLATE.format(
        names=tuple(FLAGS),
        flags="".join(_flag(name, types[name], text) for name, text in FLAGS.items()),
        fields="".join(f"    {name}: {_held(types[name])}\n" for name in FLAGS),
        given="".join(f'            "{name}": self.{name},\n' for name in always),
        perhaps="".join(
            f'        if self.{name} is not None:\n            options["{name}"] = self.{name}\n'
            for name in FLAGS
            if name not in always
        ),
    )
    return with_section(TARGET, RECORD, text)


def _held(kind: str) -> str:
    return kind if kind == "bool" else "str | None"


def _flag(name: str, kind: str, text: str) -> str:
    flag = f"--{name.replace('_', '-')}"
    how = "is_flag=True" if kind == "bool" else f'metavar="{name.upper()}"'
    return f'    reader.option("{flag}", {how}, help="{text}"),\n'
