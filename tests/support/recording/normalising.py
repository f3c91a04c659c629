"""Take out of answers what varies from run to run: folders, ports, times, unstable reports."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["DATA", "normal", "normal_bytes", "normal_log", "renamed"]

DATA = Path(__file__).parents[2] / "data"

# go-cmp gives its reports another form at each build; only what is before and after is kept.
_CMP_REPORT = re.compile(
    r"(mismatched (?:config|manifest) content: \(-\S+ \+\S+\))"
    r" [^\n]*(?:\n[-+\x20\u00a0][\x20\u00a0][^\n]*)*"
)
_RULES = (
    (_CMP_REPORT, r"\1 (report)"),
    # All ports that the system chooses have five digits, so tables keep their widths.
    (re.compile(r"(127\.0\.0\.1|localhost)(:|%3A)[0-9]{5}\b"), r"\1\2PORT0"),
    (re.compile(r"goroutine [0-9]+ \[.*", re.DOTALL), "goroutine (stack)"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "0xADDRESS"),
    (re.compile(r"/uploads/[0-9A-Za-z_.-]+"), "/uploads/ID"),
    (
        re.compile(re.escape(tempfile.gettempdir()) + r"/[A-Za-z0-9_.-]*[A-Za-z0-9_-]"),
        "(temporary)",
    ),
)
_LOG_RULES = (
    (re.compile(r"^[0-9]{4}[/-][0-9]{2}[/-][0-9]{2}[ T][0-9:.,]+Z? ?", re.MULTILINE), "(time) "),
    (re.compile(r"^(Date|date): .*$", re.MULTILINE), r"\1: (time)"),
    (re.compile(r"\b[0-9]+(\.[0-9]+)? ?(ns|µs|us|ms|s)\b"), "(duration)"),
    (re.compile(r"\(dur=[^)]*\)|in [0-9.]+ seconds"), "(duration)"),
)
_PORT_IN_BYTES = re.compile(rb"(127\.0\.0\.1|localhost):[0-9]{5}(?![0-9])")


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The answer with paths replaced by names, longest first."""
    if isinstance(value, str):
        for path in sorted(names, key=len, reverse=True):
            value = value.replace(path, names[path])
        return value
    if isinstance(value, dict):
        return {renamed(key, names): renamed(each, names) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed(each, names) for each in value]
    return value


def normal(value: Any) -> Any:
    """The answer without what varies."""
    if isinstance(value, str):
        for pattern, replacement in _RULES:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {normal(key): normal(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [normal(each) for each in value]
    return value


def normal_log(text: str) -> list[str]:
    """The lines of a log, whose order and number depend on threads, without times.

    Registries on loopback are asked by HTTPS and HTTP at once: how far the former gets, varies.
    """
    for pattern, replacement in _LOG_RULES:
        text = pattern.sub(replacement, text)
    return sorted({line for line in normal(text).splitlines() if "https://127.0.0.1" not in line})


def normal_bytes(data: bytes) -> bytes:
    """The content of a file, in which a registry's port may stand; the length stays."""
    return _PORT_IN_BYTES.sub(rb"\1:PORT0", data)
