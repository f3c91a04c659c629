# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Slash-separated paths as Go's packages path and path/filepath (on Unix) treat them.

Purely lexical; Python's ``posixpath`` differs in empty paths and leading double slashes.
"""

from __future__ import annotations

__all__ = ["clean", "filepath_dir", "join"]


def clean(path: str) -> str:
    """The shortest equivalent path (``path.Clean``); an empty one becomes ``.``."""
    if path and path[0] != "." and path[-1] != "/" and "/." not in path and "//" not in path:
        return path  # as most are: the same string, not a second one like it
    rooted = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts and parts[-1] != "..":
            parts.pop()
        elif not rooted:
            parts.append(part)
    cleaned = "/".join(parts)
    return "/" + cleaned if rooted else cleaned or "."


def join(*elements: str) -> str:
    """The elements that are not empty, joined and cleaned (``path.Join``)."""
    joined = "/".join(element for element in elements if element)
    return clean(joined) if joined else ""


def filepath_dir(path: str) -> str:
    """All but the last element, cleaned (``filepath.Dir``)."""
    return clean(path[: path.rfind("/") + 1])
