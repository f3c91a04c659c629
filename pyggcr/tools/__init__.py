"""Tools that embed go-containerregistry: by name and version, as executables, as module files.

The version of the library decides what a tool fails on; the Go release that built it, and the
processor that it was built for, decide the digests that it computes. Go has no such package.
"""

from __future__ import annotations

from pyggcr._gostd.buildinfo import BuildInfo, Module
from pyggcr.tools.asked import read_build_info, tool_named
from pyggcr.tools.table import Table, table
from pyggcr.tools.tool import Tool

__all__ = ["BuildInfo", "Module", "Table", "Tool", "read_build_info", "table", "tool_named"]
