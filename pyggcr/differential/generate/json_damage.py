"""Damage to the JSON documents of an archive: types, keys, lists, and the text itself.

``manifest.json`` is hit most, because everything hangs on it. The document's entry gets its new
size; its digest, if it has one in its name, becomes wrong. Operators change the archive in place.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from pyggcr.differential.generate.tar_bytes import Entry, join, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    from pyggcr._typing import Any


__all__ = ["JSON_DAMAGE", "Members", "containers", "written"]

# What may stand in any value's place: other types, limits of numbers, strings nearly right.
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e20,
    2**63,
    -(2**63) - 1,
    "",
    "text",
    "1",
    "\u00e9\u2028\x7f",
    "sha256:" + "0" * 64,
    "sha256:" + "A" * 64,
    "sha512:" + "b" * 128,
    "2024-01-02T03:04:05Z",
    "aGk=",
    [],
    [None],
    [[]],
    ["a", 1],
)
_ODD_TEXT = (
    b"\\u12",
    b"\\ud800",
    b"\\q",
    b'"',
    b"0",
    b"-",
    b"1e999",
    b"nul",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b",",
    b"{}",
    b"[" * 10_001,
)
_TAILS = (b" ", b"\n", b"{}", b"x", b"\0", b"[1", b'{"a":')


class Members(list[tuple[str, Any]]):
    """The members of an object, in order; names may repeat."""


def written(document: Any) -> str:
    """The document as JSON."""
    if isinstance(document, Members):
        inner = (f"{json.dumps(name)}:{written(value)}" for name, value in document)
        return "{" + ",".join(inner) + "}"
    if isinstance(document, list):
        return "[" + ",".join(written(value) for value in document) + "]"
    return json.dumps(document, ensure_ascii=False)


def retype_value(rng: random.Random, data: bytearray) -> None:
    """Put a value of another type, or an odd one, in a value's place."""

    def change(document: Any) -> Any:
        places = list(_places(document))
        if not places or rng.random() < 0.03:
            return rng.choice((Members(), *_VALUES))
        container, at, _ = rng.choice(places)
        value = rng.choice((Members(), Members([("a", "b")]), *_VALUES))
        container[at] = (container[at][0], value) if isinstance(container, Members) else value
        return document

    _change_document(rng, data, change)


def repeat_key(rng: random.Random, data: bytearray) -> None:
    """Give an object a member twice, perhaps with another value or in another case."""

    def change(document: Any) -> Any:
        objects = [each for each in _objects(document) if each]
        if objects:
            members = rng.choice(objects)
            name, value = rng.choice(members)
            other = rng.choice((value, value, Members(), *_VALUES))
            members.insert(rng.randrange(len(members) + 1), (_spelt(rng, name), other))
        return document

    _change_document(rng, data, change)


def rename_key(rng: random.Random, data: bytearray) -> None:
    """Spell a member's name in another way: Go does not mind the case."""

    def change(document: Any) -> Any:
        objects = [each for each in _objects(document) if each]
        if objects:
            members = rng.choice(objects)
            at = rng.randrange(len(members))
            name, value = members[at]
            members[at] = (_spelt(rng, name), value)
        return document

    _change_document(rng, data, change)


def change_list(rng: random.Random, data: bytearray) -> None:
    """Take an element or a member out, put one in twice, or turn the order round."""

    def change(document: Any) -> Any:
        lists = [each for each in containers(document) if each]
        if lists:
            chosen = rng.choice(lists)
            at = rng.randrange(len(chosen))
            kind = rng.randrange(3)
            if kind == 0:
                del chosen[at]
            elif kind == 1:
                chosen.insert(at, chosen[at])
            else:
                chosen.reverse()
        return document

    _change_document(rng, data, change)


def respell_path(rng: random.Random, data: bytearray) -> None:
    """Write a string, such as the path of a layer, in another way."""

    def change(document: Any) -> Any:
        places = [each for each in _places(document) if isinstance(each[2], str)]
        if places:
            container, at, text = rng.choice(places)
            forms = ("./{}", "/{}", "../{}", "{}/", "x/../{}", "{}/.", ".//{}", "{} ", "{}\0", "")
            value = rng.choice(forms).format(text)
            container[at] = (container[at][0], value) if isinstance(container, Members) else value
        return document

    _change_document(rng, data, change)


def spoil_text(rng: random.Random, data: bytearray) -> None:
    """Cut the JSON text, change a byte of it, or put something odd in or behind it."""

    def change(text: bytes) -> bytes:
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            return text[:at]
        if kind == 1:
            return text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
        if kind == 2:
            return text[:at] + rng.choice(_ODD_TEXT) + text[at:]
        return text + rng.choice(_TAILS)

    _change_text(rng, data, change)


JSON_DAMAGE = (retype_value, repeat_key, rename_key, change_list, respell_path, spoil_text)


def _spelt(rng: random.Random, name: str) -> str:
    # Go folds the long s and the Kelvin sign too.
    forms = (name, name.upper(), name.lower(), name.replace("s", "\u017f"), name + "x")
    return rng.choice((*forms, name.replace("k", "\u212a")))


def _change_document(rng: random.Random, data: bytearray, change: Callable[[Any], Any]) -> None:
    def rewrite(text: bytes) -> bytes:
        document = change(json.loads(text, object_pairs_hook=Members))
        return written(document).encode("utf-8", "surrogatepass")

    _change_text(rng, data, rewrite)


def _change_text(rng: random.Random, data: bytearray, change: Callable[[bytes], bytes]) -> None:
    entries, rest = split(bytes(data))
    documents = [at for at, entry in enumerate(entries) if _is_document(entry)]
    if not documents:
        return
    manifests = [at for at in documents if entries[at].name == b"manifest.json"]
    at = rng.choice(manifests if manifests and rng.random() < 0.6 else documents)
    entries[at] = entries[at].with_content(change(entries[at].content))
    data[:] = join(entries, rest)


def _is_document(entry: Entry) -> bool:
    if entry.content[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(entry.content)
    except (ValueError, RecursionError):
        return False
    return True


def containers(document: Any) -> Iterator[Any]:
    """Every object and list of the document, itself included."""
    if isinstance(document, list):
        yield document
        for item in document:
            yield from containers(item[1] if isinstance(document, Members) else item)


def _objects(document: Any) -> Iterator[Members]:
    return (each for each in containers(document) if isinstance(each, Members))


def _places(document: Any) -> Iterator[tuple[Any, int, Any]]:
    """Where each value stands: its container, its place in it, and the value."""
    for container in containers(document):
        for at, item in enumerate(container):
            yield container, at, item[1] if isinstance(container, Members) else item
