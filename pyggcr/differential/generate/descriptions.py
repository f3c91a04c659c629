"""Images made up at random: layers of every kind, links, tags, sources, configs that lie.

All chance comes from the ``random.Random`` that is passed in, so a seed repeats the images, and
hypothesis can steer and shrink them (``pyggcr.testing.strategies``). Most images are good ones.
"""

from __future__ import annotations

import random
import tarfile

from pyggcr.differential.generate.archives import (
    DOCKER_FOREIGN,
    DOCKER_UNCOMPRESSED,
    OCI_UNCOMPRESSED,
    ImageSpec,
    LayerSpec,
    layer_tar,
    make_tar,
    member,
    uncompressed_source,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["TAGS", "image", "images", "layer"]

# The last two are no tags.
TAGS = (
    "app:1",
    "app:2",
    "registry.example.com:5000/team/one:v2",
    "library/app:1",
    "UPPER:1",
    "a:b:c",
)

_FILE_NAMES = ("a.txt", "bin/tool", "etc/passwd", "deep/" * 30 + "file", "\u00fc.txt", ".wh.gone")
_EMPTY_LAYER = bytes(1024)  # of BuildKit
_CONFIGS: tuple[dict[str, Any], ...] = (
    {"history": [{"created": "2024-01-02T03:04:05Z", "empty_layer": True}]},
    {"rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}},
    {"rootfs": {"type": "other", "diff_ids": []}},
    {"rootfs": None},
    {"config": {"Labels": {"a<b": "\u2028", "z": "\u00e9"}, "Env": []}},
    {"config": {"Healthcheck": {"Interval": 10**9, "Test": ["NONE"]}, "Volumes": {"/v": {}}}},
    {"created": None, "os.features": []},
    {"created": "2024-01-02T03:04:05.123456789+02:00", "variant": "v8", "os.version": "10.0"},
    {"architecture": "", "os": "", "author": "\ud83d\ude00", "unknown": {"deep": [1, 2.5e3]}},
)
_SHORT = 'ab\u00e9\u2028<&>"\\/ \n0'


def images(rng: random.Random) -> list[ImageSpec]:
    """One to three images, mostly one."""
    return [image(rng) for _ in range(rng.choice((1, 1, 1, 1, 2, 3)))]


def image(rng: random.Random) -> ImageSpec:
    """One image; its config may lie about the layers."""
    layers = [layer(rng) for _ in range(rng.choice((0, 1, 1, 2, 2, 3)))]
    if rng.random() < 0.6:
        # go-containerregistry takes the first layer's compression for that of all.
        compression = rng.choice(("none", "gzip"))
        for each in layers:
            each.compression = compression
    layers += layers[: rng.choice((0, 0, 0, 1, 2))]
    tags = rng.sample(TAGS, rng.choice((0, 1, 1, 1, 2)))
    return ImageSpec(
        layers=layers,
        tags=tags or rng.choice((None, [])),
        config=rng.choice(_CONFIGS) if rng.random() < 0.35 else {},
    )


def layer(rng: random.Random) -> LayerSpec:
    """One layer, mostly plain or gzip, now and then a link or with an entry in LayerSources."""
    content = _content(rng)
    return LayerSpec(
        content=content,
        compression=rng.choice(("none", "none", "none", "gzip", "gzip", "zstd")),
        source=_source(rng, content) if rng.random() < 0.4 else None,
        link=rng.choice(("", "", "", "", "hard", "symbolic")),
    )


def _content(rng: random.Random) -> bytes:
    kind = rng.choice(("files", "files", "files", "odd files", "empty", "nothing", "no tar"))
    if kind == "empty":
        return _EMPTY_LAYER
    if kind == "nothing":
        return b""
    if kind == "no tar":
        return _noise(rng, rng.randrange(1, 600))
    if kind == "odd files":
        return _odd_files(rng)
    names = rng.sample(_FILE_NAMES, rng.randrange(3))
    return layer_tar({name: _file(rng) for name in names})


def _file(rng: random.Random) -> bytes:
    kind = rng.randrange(8)
    if kind == 0:
        return b"0123456789abcdef" * rng.randrange(4000)
    if kind < 3:
        return _noise(rng, rng.randrange(1, 40)) * rng.randrange(1, 200)
    return _noise(rng, rng.randrange(300))


def _odd_files(rng: random.Random) -> bytes:
    kinds = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)
    members = []
    for _ in range(rng.randrange(1, 4)):
        name = rng.choice(("same", "folder/same", "n" * 120, "\u00e9", "dir/"))
        kind = rng.choice(kinds)
        info, content = member(name, b"x" * rng.choice((0, 1, 513)), kind, "target")
        info.pax_headers = rng.choice(({}, {"SCHILY.xattr.user.a": "1"}, {"mtime": "1.5"}))
        members.append((info, content if kind == tarfile.REGTYPE else b""))
        info.size = len(members[-1][1])
    return make_tar(members, rng.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)))


def _source(rng: random.Random, content: bytes) -> dict[str, Any]:
    kind = rng.choice(("oci", "oci", "docker", "foreign", "odd", "wrong size", "other digest"))
    source = uncompressed_source(content, OCI_UNCOMPRESSED)
    if kind == "docker":
        source["mediaType"] = DOCKER_UNCOMPRESSED
    elif kind == "foreign":
        urls = [_text(rng) for _ in range(rng.randrange(3))]
        source |= {"mediaType": DOCKER_FOREIGN, "urls": urls}
    elif kind == "odd":
        source["mediaType"] = _text(rng)
        source["annotations"] = {_text(rng): _text(rng) for _ in range(rng.randrange(3))}
    elif kind == "wrong size":
        source["size"] += rng.choice((1, -1, 2**40))
    elif kind == "other digest":
        source |= {"mediaType": DOCKER_FOREIGN, "digest": "sha256:" + "0" * 64}
    return source


def _noise(rng: random.Random, size: int) -> bytes:
    return rng.getrandbits(8 * size).to_bytes(size, "big") if size else b""


def _text(rng: random.Random) -> str:
    return "".join(rng.choice(_SHORT) for _ in range(rng.randrange(8)))
