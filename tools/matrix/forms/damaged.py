"""Archives that no tool should write: one for each way to fail that releases differ in, and more.

Most are an image of two small layers in the form of docker save, with one thing wrong.
"""

from __future__ import annotations

import tarfile
from typing import Any

from tools.matrix.forms.content import (
    OCI_LAYER,
    Json,
    go_json,
    gzipped,
    layer_tar,
    make_tar,
    member,
    sha256,
)

__all__ = [
    "cut_gzip",
    "cycle_of_links",
    "fewer_diff_ids",
    "fewer_diff_ids_gzip",
    "foreign_layer",
    "gzip_after_plain",
    "link_to_nothing",
    "manifest_below_a_dot",
    "more_diff_ids",
    "more_diff_ids_gzip",
    "name_written_otherwise",
    "no_root_type",
    "source_of_another_type",
    "source_of_gzip",
    "twice_in_a_layer",
    "two_layers_swapped",
    "wrong_checksum",
    "wrong_diff_id",
    "wrong_diff_id_gzip",
    "wrong_diff_id_sourced",
    "xz_layer",
]

_A = layer_tar({"a": b"hello" * 300})
_B = layer_tar({"b": b"world" * 500})
_C = layer_tar({"c": b"other" * 700})
_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def more_diff_ids() -> bytes:
    """One plain layer, two DiffIDs."""
    return _saved(_A, diff_ids=[_A, _B])


def more_diff_ids_gzip() -> bytes:
    """One gzip layer, two DiffIDs."""
    return _saved(gzipped(_A), diff_ids=[_A, _B])


def fewer_diff_ids() -> bytes:
    """Two plain layers, one DiffID: the second layer is not read."""
    return _saved(_A, _B, diff_ids=[_A])


def fewer_diff_ids_gzip() -> bytes:
    """Two gzip layers, one DiffID."""
    return _saved(gzipped(_A), gzipped(_B), diff_ids=[_A])


def wrong_diff_id() -> bytes:
    """A plain layer that is not what its DiffID says."""
    return _saved(_A, _B, diff_ids=[_A, _C])


def wrong_diff_id_sourced() -> bytes:
    """The same with LayerSources, as Docker 25 writes them."""
    sources = {sha256(it): _source(it) for it in (_A, _C)}
    return _saved(_A, _B, diff_ids=[_A, _C], sources=sources)


def wrong_diff_id_gzip() -> bytes:
    """A gzip layer whose content no DiffID names."""
    return _saved(gzipped(_A), gzipped(_B), diff_ids=[_A, _C])


def two_layers_swapped() -> bytes:
    """Two gzip layers, each with the DiffID of the other."""
    return _saved(gzipped(_A), gzipped(_B), diff_ids=[_B, _A])


def cut_gzip() -> bytes:
    """A gzip layer that ends too early."""
    return _saved(gzipped(_A), gzipped(_B)[:-20], diff_ids=[_A, _B])


def wrong_checksum() -> bytes:
    """A gzip layer with another checksum."""
    broken = bytearray(gzipped(_B))
    broken[-8] ^= 1
    return _saved(gzipped(_A), bytes(broken), diff_ids=[_A, _B])


def gzip_after_plain() -> bytes:
    """A plain layer, then one of gzip."""
    return _saved(_A, gzipped(_B), diff_ids=[_A, _B])


def xz_layer() -> bytes:
    """A gzip layer, then one of xz."""
    # Its beginning is enough, and no version of a library changes it.
    return _saved(gzipped(_A), bytes.fromhex("fd377a585a00") + bytes(600), diff_ids=[_A, _B])


def foreign_layer() -> bytes:
    """LayerSources describe a layer that comes from elsewhere, as base layers of Windows do."""
    source = {"mediaType": _FOREIGN, "size": 900, "digest": sha256(b"what is elsewhere")}
    return _saved(_A, _B, diff_ids=[_A, _B], sources={sha256(_A): source})


def source_of_another_type() -> bytes:
    """LayerSources give a plain layer the media type of gzip."""
    source = {**_source(_A), "mediaType": f"{OCI_LAYER}+gzip"}
    return _saved(_A, _B, diff_ids=[_A, _B], sources={sha256(_A): source})


def source_of_gzip() -> bytes:
    """LayerSources call a gzip layer plain."""
    sources = {sha256(_A): _source(_A)}
    return _saved(gzipped(_A), gzipped(_B), diff_ids=[_A, _B], sources=sources)


def twice_in_a_layer() -> bytes:
    """A layer that has a name twice."""
    layer = make_tar([member("a", b"one"), member("a", b"two")])
    return _saved(layer, diff_ids=[layer])


def no_root_type() -> bytes:
    """A config whose root file system has no type."""
    return _saved(_A, diff_ids=[_A], root_type="")


def name_written_otherwise() -> bytes:
    """manifest.json writes the name of a layer with a dot before it."""
    return _linked("./x", member("x", _A))


def manifest_below_a_dot() -> bytes:
    """Every entry begins with a dot, as ``tar -C folder -c .`` writes them."""
    return _linked("x", member("./x", _A), prefix="./")


def cycle_of_links() -> bytes:
    """A layer is a link to a link that leads back."""
    return _linked("x", _symlink("x", "y"), _symlink("y", "x"))


def link_to_nothing() -> bytes:
    """A layer is a link to what is not there."""
    return _linked("x", _symlink("x", "y"))


def _source(layer: bytes) -> Json:
    return {"mediaType": OCI_LAYER, "size": len(layer), "digest": sha256(layer)}


def _config(diff_ids: list[bytes], root_type: str = "layers") -> bytes:
    rootfs = {"type": root_type, "diff_ids": [sha256(layer) for layer in diff_ids]}
    return go_json({"architecture": "amd64", "config": {}, "os": "linux", "rootfs": rootfs})


def _saved(
    *stored: bytes,
    diff_ids: list[bytes],
    sources: Json | None = None,
    root_type: str = "layers",
) -> bytes:
    """An image with these layers, as they are stored."""
    names = [f"blobs/{number}" for number in range(len(stored))]
    entry: Json = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": names}
    if sources:
        entry["LayerSources"] = sources
    members = [member(name, data) for name, data in zip(names, stored, strict=True)]
    members.append(member("config.json", _config(diff_ids, root_type)))
    return make_tar([*members, member("manifest.json", go_json([entry]))])


def _linked(layer: str, *members: Any, prefix: str = "") -> bytes:
    """An image of one layer of that name, with these entries."""
    entry = {"Config": "config.json", "RepoTags": ["app:1"], "Layers": [layer]}
    documents = {"config.json": _config([_A]), "manifest.json": go_json([entry])}
    written = [member(prefix + name, data) for name, data in documents.items()]
    return make_tar([*written, *members])


def _symlink(name: str, target: str) -> Any:
    return member(name, b"", tarfile.SYMTYPE, target)
