"""``engines``: which engines there are, what each is made of."""

from __future__ import annotations

from pyggcr._dataclasses import asdict
from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_note
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.engine import EngineInfo

__all__ = ["engines"]

_COLUMNS = (
    "engine",
    "available",
    "go_containerregistry",
    "go_version",
    "go_platform",
    "gzip_profile",
    "accelerators",
)
_NONE = "-"


@reader.command()
@as_json
def engines(as_json: bool) -> None:
    """Show the engines, their versions and accelerators."""
    import pyggcr

    infos = pyggcr.engines()
    if as_json:
        write_json({"engines": [asdict(info) for info in infos.values()]})
    else:
        write_table(Table(rows=[_cells(info) for info in infos.values()], columns=_COLUMNS))
        if any(map(_is_lacking, infos.values())):
            from pyggcr.cli import installation

            for paragraph in installation.advice():
                write_note(f"\n{paragraph}")


def _is_lacking(info: EngineInfo) -> bool:
    slow = any("no accelerator" in what for what in info.accelerators.values())
    return slow or not info.available


def _cells(info: EngineInfo) -> tuple[str, ...]:
    accelerators = (f"{task}: {what}" for task, what in info.accelerators.items())
    cells = (
        info.name,
        "yes" if info.available else f"no: {info.reason}",
        info.go_containerregistry,
        info.go_version,
        info.go_platform,
        info.gzip_profile,
        ", ".join(accelerators),
    )
    return tuple(cell or _NONE for cell in cells)
