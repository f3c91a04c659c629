"""``engines``: which engines there are, what each is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json
from pyggcr.cli.table import Table, write_table

if TYPE_CHECKING:
    from pyggcr.engine_info import EngineInfo

__all__ = ["engines"]

_NONE = "-"


@click.command()
@as_json
def engines(as_json: bool) -> None:
    """Show the engines and what each is made of."""
    import pyggcr

    infos = pyggcr.engines()
    if as_json:
        write_json({"engines": [asdict(info) for info in infos.values()]})
    else:
        facts = [_facts(info) for info in infos.values()]
        rows = [[name, *(each[name] for each in facts)] for name in facts[0]]
        write_table(Table(rows=rows, columns=("engine", *infos)))


def _facts(info: EngineInfo) -> dict[str, str]:
    accelerators = (f"{task}: {what}" for task, what in info.accelerators.items())
    return {
        "available": "yes" if info.available else f"no: {info.reason}",
        "go-containerregistry": info.go_containerregistry or _NONE,
        "go version": info.go_version or _NONE,
        "gzip profile": info.gzip_profile or _NONE,
        "accelerators": ", ".join(accelerators) or _NONE,
    }
