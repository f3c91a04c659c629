"""An extension of griffe, with which mkdocstrings reads the package."""

from __future__ import annotations

from typing import Any

from griffe import Extension

from tools.site.docstrings import prepared

_OURS = "pyggcr._dataclasses."


class Docstrings(Extension):  # type: ignore[misc,unused-ignore]
    """Change docstrings, and tell griffe which classes are dataclasses."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Prepare the docstring of a module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = prepared(obj.docstring.value)

    def on_alias_instance(self, *, alias: Any, **_: Any) -> None:
        """Treat our decorator as the standard library's, so that griffe knows the constructor."""
        if alias.target_path.startswith(_OURS):
            alias.target_path = "dataclasses." + alias.target_path.removeprefix(_OURS)
