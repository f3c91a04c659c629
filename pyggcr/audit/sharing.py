"""What can be said of an image only once all are known: shared layers, and the probable base.

Both are computed in temporary tables of the state, on disk: they need no memory of their own.
Images are counted by digest: two tags of one image share nothing with each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pyggcr._dataclasses import replace
from pyggcr.audit.rows import Base, Row, RowLayer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._os.state_file import StateFile
    from pyggcr.audit.state import State

__all__ = ["rows_with_sharing"]

# A stack is the hash of the lowest layers of images; where they are all of an image, it has a name.
_TABLES = """
DROP TABLE IF EXISTS temp.counted;
DROP TABLE IF EXISTS temp.layer_users;
DROP TABLE IF EXISTS temp.stacks;
CREATE TEMP TABLE counted (image TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE layer_users (layer TEXT PRIMARY KEY, images INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE stacks (
    stack BLOB PRIMARY KEY,
    images INTEGER NOT NULL,
    reference TEXT NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
"""
_COUNT_LAYER = (
    "INSERT INTO temp.layer_users VALUES (?, 1) "
    "ON CONFLICT (layer) DO UPDATE SET images = images + 1"
)
_COUNT_STACK = (
    "INSERT INTO temp.stacks VALUES (?, 1, ?, ?) ON CONFLICT (stack) DO UPDATE SET "
    "images = images + 1, "
    "digest = iif(reference = '', excluded.digest, digest), "
    "reference = iif(reference = '', excluded.reference, reference)"
)


def rows_with_sharing(state: State) -> Iterator[Row]:
    """The rows of the current run, complete, in the order of their references."""
    file = state.file
    with file.transaction():
        for statement in _TABLES.split(";"):
            file.do(statement)
        for row in state.rows():
            _count(file, row)
    for row in state.rows():
        yield _completed(file, row)


def _identity(row: Row) -> str:
    return row.digest or row.config_digest or f"{row.reference} {row.platform}"


def _key(layer: RowLayer) -> str:
    """What a layer is known by: its blob, or its content where an archive has it otherwise."""
    return layer.digest or layer.diff_id


def _stacks(row: Row) -> list[bytes]:
    """Hashes of the lowest layer, of the two lowest, and so on: by content, if that is known."""
    hashing = hashlib.sha256()
    found = []
    for layer in row.layers:
        hashing.update(f"{layer.diff_id or layer.digest}\n".encode())
        found.append(hashing.digest())
    return found


def _count(file: StateFile, row: Row) -> None:
    if not row.layers or not file.do(
        "INSERT OR IGNORE INTO temp.counted VALUES (?)", [_identity(row)]
    ):
        return
    for layer in {_key(layer) for layer in row.layers}:
        file.do(_COUNT_LAYER, [layer])
    stacks = _stacks(row)
    for number, stack in enumerate(stacks, 1):
        whole = number == len(stacks)
        file.do(
            _COUNT_STACK,
            [stack, row.reference if whole else "", (row.digest if whole else "")],
        )


def _completed(file: StateFile, row: Row) -> Row:
    if not row.layers:
        return row
    layers = tuple(replace(layer, shared=_users(file, layer) - 1) for layer in row.layers)
    row = replace(row, layers=layers)
    return row if row.base is not None else replace(row, base=_base(file, row))


def _users(file: StateFile, layer: RowLayer) -> int:
    query = "SELECT images FROM temp.layer_users WHERE layer = ?"
    return int(next(file.ask(query, [_key(layer)]), (1,))[0])


def _base(file: StateFile, row: Row) -> Base | None:
    """The image that has the most of the lowest layers and no other, else the most shared ones."""
    query = "SELECT images, reference, digest FROM temp.stacks WHERE stack = ?"
    *stacks, whole = _stacks(row)
    own = next(file.ask(query, [whole]), (1,))[0]
    shared = 0
    for number in range(len(stacks), 0, -1):
        images, reference, digest = next(file.ask(query, [stacks[number - 1]]), (1, "", ""))
        if reference:
            return Base("layers", reference, digest, number)
        # Images that were built on this one share more than a base with it.
        if images > own and not shared:
            shared = number
    return Base("layers", layers=shared) if shared else None
