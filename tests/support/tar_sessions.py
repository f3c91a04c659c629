"""What to tell a writer of tar archives, made from a seed: headers of every kind, and content.

A session is what tests/support/go/tarwriter/main.go reads: ``{"Limit": ..., "Steps": [...]}``.
Running and comparing them is in ``tar_fuzz``.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from typing import Any

Session = dict[str, Any]

_MAX_INT64 = 2**63 - 1
_YEAR_1 = -62135596800  # where Go's time begins

_NUMBERS = (
    *(
        sign * 2**bits + more
        for bits in (21, 33, 56, 63)
        for sign in (1, -1)
        for more in (-1, 0, 1)
    ),
    *(-1, 0, 1, 0o644, 0o755, 0o7777, 1000, 65534, 99_999),
)
_SECONDS = (
    *(_YEAR_1 - 1, _YEAR_1, _YEAR_1 + 1, -1, 0, 1, 1_700_000_000, 2**33 - 1, 2**33),
    *(_MAX_INT64, -_MAX_INT64 - 1, _MAX_INT64 + _YEAR_1, _MAX_INT64 + _YEAR_1 + 1, -(2**56), 2**56),
    *(253_402_300_800, -62_167_219_201, -377_705_116_801),
)
_NANOSECONDS = (0, 0, 1, 100_000_000, 499_999_999, 500_000_000, 500_000_001, 999_999_999)
_LENGTHS = (
    0,
    1,
    5,
    31,
    32,
    33,
    99,
    100,
    101,
    102,
    154,
    155,
    156,
    157,
    158,
    200,
    255,
    256,
    257,
    300,
)
_PIECES = (
    *(b"/", b"a", b"b/", b"./", b"../", b"//", b".", b" ", b"=", b"\n", b'"', b"\\"),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe2\x82", b"\0", b"\x7f", b"\x1b"),
    *(it.encode() for it in ("ü", "€", "\U0001f600", "\u200b", "\ue000", "\ufffd")),
)
_TYPES = b"00000055555\0\0\0\0123467xgLKSVDMNAXT"
_FORMATS = (0, 0, 0, 0, 2, 2, 4, 4, 4, 8, 8, 6, 6, 10, 12, 14, 1, 3, 5, 9, 16, 31, 32, 64, -1)
FIELD_KEYS = {
    b"path": "Name",
    b"linkpath": "Linkname",
    b"uname": "Uname",
    b"gname": "Gname",
    b"size": "Size",
    b"uid": "Uid",
    b"gid": "Gid",
    b"mtime": "ModTime",
    b"atime": "AccessTime",
    b"ctime": "ChangeTime",
}
_OTHER_KEYS = (
    *(
        b"comment",
        b"charset",
        b"VENDOR.key",
        b"SCHILY.xattr.user.a",
        b"SCHILY.xattr.",
        b"Z",
        b"a b",
    ),
    *(
        b"GNU.sparse.map",
        b"GNU.sparse.name",
        b"GNU.sparse.",
        b"GNU.sparse",
        b"LIBARCHIVE.creationtime",
    ),
    *("ü".encode(), "\ue000".encode(), "\U0001f600".encode(), b"\xff"),
)
_INVALID_KEYS = (b"", b"a=b", b"=", b"k\0", b"\0")


def encoded(data: bytes) -> str:
    """The bytes as main.go takes them."""
    return base64.b64encode(data).decode()


_PLAIN: dict[str, Any] = {
    "Typeflag": ord("0"),
    **dict.fromkeys(("Name", "Linkname", "Uname", "Gname"), ""),
    **dict.fromkeys(("Size", "Mode", "Uid", "Gid", "Devmajor", "Devminor", "Format"), 0),
    **dict.fromkeys(("ModTime", "AccessTime", "ChangeTime", "Xattrs", "PAXRecords"), None),
}
_LONG = encoded(b"n" * 101)

# What chance alone hardly finds: every campaign begins with these.
_CORNERS: tuple[dict[str, Any], ...] = (
    {},
    *({"ModTime": [_MAX_INT64 + _YEAR_1 + more, 500_000_000]} for more in (-1, 0, 1)),
    *({"ModTime": [_YEAR_1 - 1, fraction]} for fraction in (499_999_999, 500_000_000)),
    {"Typeflag": ord("g")},
    {"Typeflag": ord("g"), "Name": encoded("ü".encode())},
    {"Typeflag": ord("g"), "Name": _LONG, "PAXRecords": [[encoded(b"path"), encoded(b"other")]]},
    {"Typeflag": ord("g"), "ModTime": [_YEAR_1, 0]},
    {
        "Xattrs": [[encoded(b"a"), encoded(b"1")]],
        "PAXRecords": [[encoded(b"SCHILY.xattr.a"), encoded(b"2")]],
    },
    *({"Name": encoded(it.encode())} for it in ("/ü", "ü/", "./ü", "../ü", "a/../ü", "a//ü")),
    {"Name": encoded(b"n" * 99 + b"/n")},
    {"Name": encoded(b"a" + b"/" * 99 + b"n" + b"/" * 60), "Typeflag": ord("5")},
    *({"Linkname": encoded(b"n" * 90 + b"/" * 20), "Format": form} for form in (4, 8)),
)


def sessions(headers: int, seed: int) -> Iterator[Session]:
    """Sessions with at least so many headers in all, always the same for a seed."""
    number = 0
    for corner in _CORNERS:
        headers -= 1
        yield {"Limit": None, "Steps": [{"Do": "header", "Header": {**_PLAIN, **corner}}]}
    while headers > 0:
        session = _session(random.Random(f"{seed}/{number}"))
        headers -= sum(step["Do"] == "header" for step in session["Steps"])
        number += 1
        yield session


def _session(rng: random.Random) -> Session:
    steps: list[dict[str, Any]] = []
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        header = _header(rng)
        steps.append({"Do": "header", "Header": header})
        steps += _content(rng, header["Size"])
        if rng.random() < 0.1:
            steps.append({"Do": "flush"})
    if rng.random() < 0.8:
        steps += [
            {"Do": rng.choice(("close", "close", "flush"))} for _ in range(rng.randrange(1, 3))
        ]
        if rng.random() < 0.2:
            steps += [{"Do": "write", "Size": 1}, {"Do": "header", "Header": _header(rng, 0)}]
    limit = rng.randrange(6000) if rng.random() < 0.1 else None
    return {"Limit": limit, "Steps": steps}


def _content(rng: random.Random, size: int) -> Iterator[dict[str, Any]]:
    """Content of the right size for the most part; or too much, too little, or none."""
    size = min(max(size, 0), 5000)
    kind = rng.random()
    if kind < 0.6:
        if size:
            first = rng.randrange(size + 1)
            yield from ({"Do": "write", "Size": it} for it in (first, size - first))
    elif kind < 0.7:
        yield {"Do": "copy", "Size": size}
    elif kind < 0.8:
        yield {"Do": "copy", "Size": size, "Copy": max(-1, size + rng.randrange(-1, 2))}
    elif kind < 0.9:
        yield {"Do": "write", "Size": size + rng.randrange(1, 700)}
    elif kind < 0.95:
        yield {"Do": "write", "Size": rng.randrange(size + 1)}


def _header(rng: random.Random, changes: int | None = None) -> dict[str, Any]:
    """A plain header with a few fields changed."""
    header = {
        **_PLAIN,
        "Typeflag": rng.choice(_TYPES[:15]),
        "Name": encoded(b"folder/file-%d" % rng.randrange(1000)),
        "Size": rng.choice((0, 0, 1, 5, 511, 512, 513, 3000)),
        "Mode": 0o644,
        "ModTime": [1_700_000_000, 0],
        "Format": rng.choice(_FORMATS),
    }
    if rng.random() < 0.04:
        # A global header, which may have little else.
        header |= {"Typeflag": ord("g"), "Size": 0, "Mode": 0, "ModTime": None}
        header["PAXRecords"] = _records(rng, header)
        changes = 0 if rng.random() < 0.7 else 1
    if changes is None:
        changes = rng.choice((0, 1, 1, 1, 2, 2, 3, 5))
    for _ in range(changes):
        _change(rng, header)
    return header


def _change(rng: random.Random, header: dict[str, Any]) -> None:
    kind = rng.randrange(12)
    if kind < 4:
        header[rng.choice(("Name", "Name", "Linkname", "Uname", "Gname"))] = encoded(_text(rng))
    elif kind < 6:
        field = rng.choice(("Size", "Mode", "Uid", "Gid", "Devmajor", "Devminor"))
        header[field] = _number(rng)
    elif kind < 8:
        header[rng.choice(("ModTime", "AccessTime", "ChangeTime"))] = _time(rng)
    elif kind == 8:
        header["Typeflag"] = rng.choice(_TYPES) if rng.random() < 0.8 else rng.randrange(256)
    elif kind == 9:
        header["Xattrs"] = [
            [encoded(key), encoded(_value(rng))]
            for key in rng.sample((b"user.a", b"", b"k=", b"\0", b"security.capability"), k=1)
        ]
    else:
        header["PAXRecords"] = _records(rng, header)


def _text(rng: random.Random) -> bytes:
    length = rng.choice(_LENGTHS) + rng.choice((0, 0, 0, 1, -1))
    filler = rng.choice((b"n", b"n", b"/", b"n/", b"nn/nnnnnnn", b"folder/" * 5 + b"x" * 60))
    text = bytearray((filler * (length + 1))[: max(length, 0)])
    for _ in range(rng.choice((0, 0, 1, 1, 2, 4))):
        piece = rng.choice(_PIECES)
        at = rng.choice((0, len(text), rng.randrange(len(text) + 1)))
        text[at : at + rng.choice((0, len(piece)))] = piece
    return bytes(text)


def _number(rng: random.Random) -> int:
    number = rng.choice(_NUMBERS)
    if rng.random() < 0.3:
        number = rng.getrandbits(rng.randrange(64)) * rng.choice((1, 1, -1))
    return max(-_MAX_INT64 - 1, min(number, _MAX_INT64))


def _time(rng: random.Random) -> list[int] | None:
    if rng.random() < 0.1:
        return None
    seconds = rng.choice(_SECONDS) if rng.random() < 0.7 else _number(rng)
    fraction = rng.choice(_NANOSECONDS) if rng.random() < 0.7 else rng.randrange(10**9)
    return [seconds, fraction]


def _records(rng: random.Random, header: dict[str, Any]) -> list[list[str]] | None:
    """Records that repeat a field, contradict it, or are something else; some are invalid."""
    if rng.random() < 0.05:
        return rng.choice((None, []))
    records = {}
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        if rng.random() < 0.5:
            key = rng.choice(tuple(FIELD_KEYS))
            field = header[FIELD_KEYS[key]]
            value = _as_record(field) if rng.random() < 0.6 else _value(rng)
        else:
            keys = _OTHER_KEYS if rng.random() < 0.93 else _INVALID_KEYS
            key, value = rng.choice(keys), _value(rng)
        records[encoded(key)] = encoded(value)
    return [list(it) for it in records.items()]


def _as_record(field: object) -> bytes:
    if isinstance(field, str):
        return base64.b64decode(field)
    if isinstance(field, list):
        seconds, fraction = field
        return f"{seconds}.{fraction:09}".rstrip("0").rstrip(".").encode()
    return str(field).encode()


def _value(rng: random.Random) -> bytes:
    if rng.random() < 0.002:
        return b"v" * rng.choice((1 << 20, (1 << 20) - 30))  # around what Go takes
    length = rng.choice((0, 1, 3, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 975, 980, 983, 985, 986))
    value = b"v" * (length + rng.randrange(5))
    return value + rng.choice(_PIECES) if rng.random() < 0.2 else value
