"""YAML as nodes that know where they stand: what ``schema`` gives types and ``config`` meaning.

PyYAML's events are read, and no object is ever made by a tag. A plain scalar stays the text that it
is until its key says what it must be, so that the tag ``1.10`` is no number and ``no`` no boolean.
Size, depth and what aliases stand for are bounded. Merge keys (``<<``) are merged.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from pyggcr import limits
from pyggcr._dataclasses import dataclass, field
from pyggcr.errors import ConfigurationError, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Node", "parse"]

_MOST_BYTES = 1 << 20
_MOST_NODES = 100_000  # aliases count as what they stand for
_DEEPEST = 20
_MERGE = "<<"
_PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass(slots=True)
class Node:
    """A scalar, a list or a mapping.

    Attributes:
        kind: which of them.
        line: from 1.
        text: of a scalar.
        plain: whether a scalar was written without quotes, so that it may be a number.
        items: of a list.
        keys: of a mapping: each key with its line and its value.
        size: how many nodes it stands for, itself included.
        depth: how many levels are below it.
    """

    kind: str
    line: int
    text: str = ""
    plain: bool = False
    items: list[Node] = field(default_factory=list)
    keys: dict[str, tuple[int, Node]] = field(default_factory=dict)
    size: int = 1
    depth: int = 0

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or null."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null")


def parse(data: bytes, shown: str) -> Node:
    """The node of a document.

    Args:
        data: YAML, of which JSON is a part.
        shown: what errors call the file.

    Raises:
        ConfigurationError: it is no YAML, is too large, or has what is refused here.
        UnsupportedOptionError: PyYAML is not installed.
    """
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{shown}: larger than {_MOST_BYTES} bytes")
    try:
        yaml = importlib.import_module("yaml")
    except ModuleNotFoundError:
        raise UnsupportedOptionError(
            "to read YAML takes the package PyYAML: pip install 'pyggcr[sync]'"
        ) from None
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{shown}:{line}: not UTF-8") from None
    try:
        return _Composer(yaml.parse(text, Loader=yaml.SafeLoader), yaml, shown).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown}:{mark.line + 1}" if mark is not None else shown
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "no YAML"
        raise ConfigurationError(f"{where}: {problem}") from None


class _Composer:
    """Makes nodes of events."""

    def __init__(self, events: Iterator[Any], yaml: Any, shown: str) -> None:
        self._events = events
        self._yaml = yaml
        self._shown = shown
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, self._yaml.NodeEvent):
                if root is not None:
                    raise self._refused(_line(event), "a second document")
                root = self._node(event, 0)
        if root is None:
            raise ConfigurationError(f"{self._shown}: empty")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        limits.current().check()
        line = _line(event)
        if isinstance(event, self._yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._refused(line, f"no anchor &{event.anchor} before its alias")
            found = self._anchors[event.anchor]
            self._check(line, found.size, depth + found.depth)
            return found
        self._check(line, 1, depth)
        tag = getattr(event, "tag", None)
        if tag not in _PLAIN_TAGS:
            raise self._refused(line, f"the tag {tag} is not supported")
        if isinstance(event, self._yaml.ScalarEvent):
            made = Node("scalar", line, event.value, event.style is None and tag is None)
        elif isinstance(event, self._yaml.SequenceStartEvent):
            made = Node("list", line)
            for child in self._children(self._yaml.SequenceEndEvent):
                self._add(made, self._node(child, depth + 1))
        else:
            made = Node("mapping", line)
            self._fill(made, depth)
        # Only now: an alias inside of what it stands for has no end.
        if event.anchor is not None:
            self._anchors[event.anchor] = made
        return made

    def _fill(self, made: Node, depth: int) -> None:
        merged: list[Node] = []
        children = self._children(self._yaml.MappingEndEvent)
        for event in children:
            key = self._node(event, depth + 1)
            if key.kind != "scalar":
                raise self._refused(key.line, "a key must be a word")
            value = self._node(next(children), depth + 1)
            if key.text == _MERGE and key.plain:
                merged += value.items if value.kind == "list" else [value]
                self._grow(made, value)
                continue
            if key.text in made.keys:
                raise self._refused(key.line, f"{key.text} is there twice")
            made.keys[key.text] = (key.line, value)
            self._grow(made, value)
        for other in merged:
            if other.kind != "mapping":
                raise self._refused(other.line, "<< merges mappings only")
            for name, (line, value) in other.keys.items():
                made.keys.setdefault(name, (line, value))

    def _children(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _add(self, made: Node, child: Node) -> None:
        made.items.append(child)
        self._grow(made, child)

    def _grow(self, made: Node, child: Node) -> None:
        made.size += child.size
        made.depth = max(made.depth, child.depth + 1)
        self._check(made.line, made.size, 0)

    def _check(self, line: int, size: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise self._refused(line, f"more than {_DEEPEST} levels")
        if size > _MOST_NODES:
            raise self._refused(line, f"more than {_MOST_NODES} values, with what aliases repeat")

    def _refused(self, line: int, text: str) -> ConfigurationError:
        return ConfigurationError(f"{self._shown}:{line}: {text}")


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1
