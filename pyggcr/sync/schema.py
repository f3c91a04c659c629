"""The keys of a file of ``sync``, with their types and descriptions, in one table.

``check`` checks a parsed file by this table, and ``json_schema`` makes a JSON schema of it.
``config`` checks for keys that contradict each other.
"""

from __future__ import annotations

import difflib
import re

from pyggcr._dataclasses import dataclass, field
from pyggcr.errors import ConfigurationError
from pyggcr.sync.nodes import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["FILE", "Keys", "Type", "Value", "check", "json_schema"]

_ID = "https://json-schema.org/draft/2020-12/schema"
_INTEGER = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}

# What a user's own keys begin with, for anchors.
_OWN = "x-"


@dataclass(frozen=True, slots=True)
class Type:
    """The type of the value of a key.

    Attributes:
        name: ``text``, ``texts`` (one or a list), ``boolean``, ``integer``, ``number``,
            ``mapping``, ``texts or mapping``, or ``list of mappings``.
        about: a description of the key.
        keys: the keys of a mapping; else ``None``.
        least: the least integer; a number must be greater than 0.
        choices: the texts that are allowed; empty for any.
    """

    name: str
    about: str
    keys: Keys | None = None
    least: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a mapping.

    Attributes:
        types: the keys that are allowed, and the types of their values.
        required: the keys that must be there.
        has_own: whether keys that begin with ``x-`` are allowed and ignored.
    """

    types: dict[str, Type]
    required: tuple[str, ...] = ()
    has_own: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was checked.

    Attributes:
        value: a text, a boolean, a number, a list of ``Value``, or a dict of ``Value`` by key.
        line: its line in the file, from 1.
        lines: the lines of the keys of a mapping.
    """

    value: Any
    line: int
    lines: dict[str, int] = field(default_factory=dict)


_GLOB = "? is any character, * any number of them but /, ** also /"

_OPTIONS = {
    "platform": Type("text", "copy the image for this platform, such as linux/amd64, alone"),
    "platforms": Type(
        "texts", "copy an index of the images for these platforms only, with a digest of its own"
    ),
    "referrers": Type("boolean", "also copy what refers to an image, such as attestations"),
    "digest-tags": Type("boolean", "also copy tags like sha256-….sig, cosign's signatures"),
    "overwrite": Type("boolean", "move tags of the target that are others; true by default"),
    "timeout": Type("number", "seconds after which the copy of an image is given up", least=0),
}
_NAMES = {
    "include": Type("texts", f"take names that match one of these; {_GLOB}"),
    "exclude": Type("texts", "leave out names that match one of these"),
    "regex": Type("texts", "take names that match one of these regular expressions as a whole"),
}
_TAGS = Keys(
    {
        **_NAMES,
        "semver": Type("text", "take versions in this range, such as '>=1.2 <2', ^1.2 or 1.x"),
        "prereleases": Type("boolean", "take versions such as 2.0.0-rc.1 as well"),
        "newest": Type("integer", "take so many of them, the newest", least=1),
        "by": Type("text", "what is newest", choices=("semver", "created")),
    }
)
_ENTRY = Keys(
    {
        "image": Type("texts", "images to copy, with a tag, a digest or both"),
        "repository": Type("texts", "repositories of which to copy tags"),
        "registry": Type("texts", "registries of which to copy repositories"),
        "to": Type(
            "texts",
            "a repository, or what stands before the source's path if it ends with /; oci:FOLDER; "
            "oci-archive:FOLDER",
        ),
        "repositories": Type("texts or mapping", "which repositories of a registry", Keys(_NAMES)),
        "tags": Type("texts or mapping", "which tags of a repository", _TAGS),
        **_OPTIONS,
    },
    required=("to",),
)
FILE = Type(
    "mapping",
    "what pyggcr sync copies",
    Keys(
        {
            "version": Type("integer", "of this form of file: 1", least=1),
            "jobs": Type("integer", "how many images to copy at once; 4 by default", least=1),
            "defaults": Type("mapping", "options of all entries", Keys(_OPTIONS)),
            "sync": Type("list of mappings", "what to copy where", _ENTRY),
        },
        required=("version", "sync"),
        has_own=True,
    ),
)


def check(node: Node, type_: Type, shown: str, key: str = "the file") -> Value:
    """Check a node of YAML, and return its value.

    Args:
        node: the node.
        type_: the type that it must have.
        shown: the name of the file in errors.
        key: the name of the key in errors; default ``the file``.

    Returns:
        The value.

    Raises:
        ConfigurationError: the node is not of this type, or has an unknown key or lacks one.
    """

    def refuse(text: str) -> ConfigurationError:
        return ConfigurationError(f"{shown}:{node.line}: {key} {text}")

    name = type_.name
    if name == "text":
        return Value(_text(node, refuse, type_.choices), node.line)
    if name == "texts" or (name == "texts or mapping" and node.kind != "mapping"):
        listed = node.items if node.kind == "list" else [node]
        if not listed:
            raise refuse("is an empty list")
        return Value([Value(_text(it, refuse), it.line) for it in listed], node.line)
    if name == "boolean":
        if node.kind != "scalar" or not node.plain or node.text not in _BOOLEANS:
            raise refuse(f"must be true or false{_not_what(node)}")
        return Value(_BOOLEANS[node.text], node.line)
    if name in ("integer", "number"):
        pattern = _INTEGER if name == "integer" else _NUMBER
        if node.kind != "scalar" or not node.plain or not pattern.fullmatch(node.text):
            raise refuse(
                f"must be {'an integer' if name == 'integer' else 'a number'}{_not_what(node)}"
            )
        number = int(node.text) if name == "integer" else float(node.text)
        if number < type_.least or (name == "number" and not number):
            raise refuse(f"must be greater than {max(type_.least - 1, 0)}{_not_what(node)}")
        return Value(number, node.line)
    if name == "list of mappings":
        if node.kind != "list":
            raise refuse(f"must be a list{_not_what(node)}")
        each = Type("mapping", type_.about, type_.keys)
        entries = [check(it, each, shown, f"entry {n}") for n, it in enumerate(node.items, 1)]
        return Value(entries, node.line)
    assert type_.keys is not None
    return _mapping(node, type_.keys, shown, refuse, name)


def _mapping(node: Node, keys: Keys, shown: str, refuse: Any, name: str) -> Value:
    if node.kind != "mapping":
        or_list = " or a list of texts" if name == "texts or mapping" else ""
        raise refuse(f"must be a mapping{or_list}{_not_what(node)}")
    found: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key, (line, value) in node.keys.items():
        if keys.has_own and key.startswith(_OWN):
            continue
        if key not in keys.types:
            raise ConfigurationError(
                f"{shown}:{line}: there is no key {key!r} here{_near(key, keys)}"
            )
        found[key] = check(value, keys.types[key], shown, key)
        lines[key] = line
    for key in keys.required:
        if key not in found:
            raise refuse(f"lacks the key {key}")
    return Value(found, node.line, lines)


def _text(node: Node, refuse: Any, choices: tuple[str, ...] = ()) -> str:
    if node.kind != "scalar" or node.is_null:
        raise refuse(f"must be a text{_not_what(node)}")
    if choices and node.text not in choices:
        raise refuse(f"must be {' or '.join(choices)}{_not_what(node)}")
    if not node.text or not node.text.isprintable():
        raise refuse("must be a text of one line")
    return node.text


def _not_what(node: Node) -> str:
    if node.is_null:
        return ", and nothing is there"
    return f", not {node.text!r}" if node.kind == "scalar" else f", not a {node.kind}"


def _near(key: str, keys: Keys) -> str:
    near = difflib.get_close_matches(key.lower().replace("_", "-"), keys.types, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(keys.types)}"


def json_schema() -> dict[str, Any]:
    """Make a JSON schema of the file of ``sync``, for editors.

    Returns:
        The schema, ready for ``json.dumps``.

    Examples:
        >>> json_schema()["required"]
        ['version', 'sync']
    """
    schema = {"$schema": _ID, "title": "pyggcr sync", **_schema_of(FILE)}
    entry = schema["properties"]["sync"]["items"]
    entry["oneOf"] = [{"required": [key]} for key in ("image", "repository", "registry")]
    schema["properties"]["version"] = {"const": 1, "description": "of this form of file"}
    return schema


def _schema_of(type_: Type) -> dict[str, Any]:
    text: dict[str, Any] = {"type": ["string", "number", "boolean"]}  # 1.10 is a tag, too
    texts = {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    about = {"description": type_.about}
    if type_.name == "text":
        return {**about, **({"enum": [*type_.choices]} if type_.choices else text)}
    if type_.name == "texts":
        return {**about, **texts}
    if type_.name in ("boolean", "integer", "number"):
        if type_.name == "boolean":
            return {**about, "type": "boolean"}
        bound = {"minimum": type_.least} if type_.least else {"exclusiveMinimum": 0}
        return {**about, "type": type_.name, **bound}
    assert type_.keys is not None
    mapping = {
        "type": "object",
        "properties": {key: _schema_of(it) for key, it in type_.keys.types.items()},
        "required": [*type_.keys.required],
        "additionalProperties": False,
        **({"patternProperties": {f"^{_OWN}": {}}} if type_.keys.has_own else {}),
    }
    if type_.name == "texts or mapping":
        return {**about, "anyOf": [*texts["anyOf"], mapping]}
    if type_.name == "list of mappings":
        return {**about, "type": "array", "items": mapping}
    return {**about, **mapping}
