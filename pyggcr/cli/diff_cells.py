"""What ``diff`` says of a setting and of a file, in text and on its page."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.rootfs import Change, Setting

__all__ = ["file_cells", "setting_cells"]


def setting_cells(setting: Setting) -> tuple[str, str, str]:
    """Its name and both values."""
    return setting.name, _value(setting.first), _value(setting.second)


def file_cells(change: Change) -> tuple[str, str, str]:
    """Its path, how it differs, and by how many bytes it grew."""
    what = f"{change.kind}: {', '.join(change.fields)}" if change.fields else change.kind
    return change.path, what, f"{change.growth:+}" if change.growth else "0"


def _value(value: Any) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)
