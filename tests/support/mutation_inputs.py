"""What chains of mutations begin with and add: archives, layouts and layers, made in a folder.

They are as odd as formats allow: histories that are too short or too long, fields that nobody
knows, artifacts, manifests with data, annotations and a subject, tars of every format.
"""

from __future__ import annotations

import gzip
import json
import random
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
)
from pyggcr.differential.generate.entry_damage import ENTRY_DAMAGE
from support import odd_tars
from support.layouts import Layout

__all__ = ["Inputs", "make"]

REAL = Path(__file__).parents[1] / "data" / "docker"

Json = dict[str, Any]

_WHEN = "2020-02-02T02:02:02.5+02:00"


@dataclass
class Inputs:
    """The paths of layers, and descriptions of images and indexes to begin with."""

    layers: list[str]
    images: list[Json]
    indexes: list[Json]


def make(folder: Path) -> Inputs:
    """Write all inputs into a folder; the same files each time."""
    layers = _write_layers(folder / "layers")
    archives = [
        {"from": "archive", "path": str(path), "tag": tag}
        for path, tag in [*_made_archives(folder / "archives"), *_real_archives()]
    ]
    empty = [{"from": "empty", "form": form} for form in ("image", "index")]
    laid_out = _made_layout(folder / "layout")
    return Inputs(
        layers,
        [empty[0], *archives, *(it for it in laid_out if it["form"] == "image")],
        [empty[1], *(it for it in laid_out if it["form"] == "index")],
    )


def _write_layers(folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    plain = layer_tar({"a": b"1", "b/c": b"2"})
    contents = [
        plain,
        gzip.compress(plain, 9, mtime=0),
        gzip.compress(layer_tar({"only": b"gzip"}), 1, mtime=0),
        layer_tar({}),
        _times(tarfile.PAX_FORMAT),
        _times(tarfile.GNU_FORMAT),
        _odd_types(),
        make_tar([member("far/" * 60 + "name", b"long")], tarfile.PAX_FORMAT),
        make_tar([member("far/" * 60 + "name", b"long")], tarfile.GNU_FORMAT),
        b"no tar" * 200,
        plain[:700],
        layer_tar({"big": bytes(range(256)) * 700}),
        *_ODD_TARS[:20],
    ]
    for at, content in enumerate(contents):
        (folder / f"{at}").write_bytes(content)
    return [str(folder / f"{at}") for at in range(len(contents))]


def _odd_tars() -> list[bytes]:
    """Tars of every kind of entry, some of them damaged."""
    rng = random.Random(13)
    found = []
    for damages in [0, 0, 1, 2] * 15:
        data = bytearray(odd_tars.make_up(rng))
        for damage in rng.sample(ENTRY_DAMAGE, damages):
            damage(rng, data)
        found.append(bytes(data))
    return found


_ODD_TARS = _odd_tars()


def _times(form: int) -> bytes:
    """Entries with parts of seconds, and with access and change times where the format has them."""
    info, content = member("times", b"when")
    info.mtime = 1_500_000_000.25 if form == tarfile.PAX_FORMAT else 1_500_000_000
    if form == tarfile.PAX_FORMAT:
        info.pax_headers = {"atime": "1400000000.5", "comment": "kept", "SCHILY.xattr.user.a": "b"}
    return make_tar([(info, content), member("folder", kind=tarfile.DIRTYPE)], form)


def _odd_types() -> bytes:
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
    return make_tar([member(f"odd{at}", kind=kind, link="a") for at, kind in enumerate(kinds)])


def _history(*words: str) -> list[Json]:
    """Entries, those of empty layers by words that begin with ``!``."""
    entries: list[Json] = []
    for word in words:
        entry: Json = {"created": _WHEN, "created_by": word.strip("!"), "author": "me"}
        if word.startswith("!"):
            entry["empty_layer"] = True
        entries.append(entry)
    return entries


_CONFIGS: list[Json] = [
    {},
    {"history": _history("a", "b")},
    {"history": _history("a")},
    {"history": _history("!e", "a")},
    {"history": _history("!e", "a", "!f", "b", "!g")},
    {"history": _history("a", "b", "c")},
    {
        "author": "someone",
        "created": _WHEN,
        "container": "c0ffee",
        "docker_version": "1.2.3",
        "variant": "v8",
        "os.version": "10.0",
        "os.features": ["f"],
        "unknown": {"field": [1, 2]},
        "history": _history("a", "b"),
        "config": {"Cmd": ["<run>"], "Hostname": "host", "Labels": {"z": "1", "a": "é"}},
    },
]


def _layers_of(count: int, compression: str = "none") -> list[LayerSpec]:
    return [LayerSpec(layer_tar({f"file{at}": bytes([at])}), compression) for at in range(count)]


def _made_archives(folder: Path) -> list[tuple[Path, None]]:
    folder.mkdir(parents=True)
    found = []
    for at, config in enumerate(_CONFIGS):
        for compression in ("none", "gzip"):
            path = folder / f"{at}-{compression}.tar"
            image = ImageSpec(_layers_of(2, compression), ["made:1"], config)
            path.write_bytes(docker_save([image]))
            found.append((path, None))
    for count in (0, 1, 3):
        path = folder / f"count{count}.tar"
        path.write_bytes(docker_save([ImageSpec(_layers_of(count), ["made:1"])]))
        found.append((path, None))
    for at, content in enumerate(_ODD_TARS):
        path = folder / f"odd{at}.tar"
        layers = [LayerSpec(content, ("none", "gzip")[at % 2])]
        path.write_bytes(docker_save([ImageSpec(layers, ["made:1"], {"history": _history("a")})]))
        found.append((path, None))
    broken = folder / "broken.tar"
    broken.write_bytes(docker_save([ImageSpec([LayerSpec(b"no tar" * 200)], ["made:1"])]))
    return [*found, (broken, None)]


def _real_archives() -> list[tuple[Path, str | None]]:
    """What Docker wrote; of those with several images, none without a tag."""
    found: list[tuple[Path, str | None]] = []
    for path in sorted(REAL.rglob("*.tar")):
        with tarfile.open(path) as archive:
            document = archive.extractfile("manifest.json")
            assert document is not None
            entries = json.load(document)
        tags = [tag for entry in entries for tag in entry["RepoTags"] or ()]
        found += [(path, None)] if len(entries) == 1 else [(path, tag) for tag in tags]
    return found


_DESCRIBED: Json = {
    "mediaType": "application/vnd.example",
    "size": 3,
    "digest": "sha256:" + 64 * "5",
}


def _made_layout(folder: Path) -> list[Json]:
    """A layout of images and indexes with whatever a manifest can hold."""
    layout = Layout()
    images = [
        layout.add_image(ImageSpec(_layers_of(2, compression), config=config))
        for compression, config in (
            ("gzip", _CONFIGS[1]),
            ("none", _CONFIGS[4]),
            ("zstd", _CONFIGS[6]),
            ("gzip", {}),
        )
    ]
    images += [_changed(layout, images[0], more) for more in _MANIFESTS]
    images.append(_artifact(layout))
    platforms = [{"os": "linux", "architecture": it} for it in ("amd64", "arm64")]
    listed = [{**it, "platform": platforms[at % 2]} for at, it in enumerate(images)]
    indexes = [
        layout.add_index(listed),
        layout.add_index(images[:1]),
        layout.add_index([]),
        layout.add_index([{**_DESCRIBED, "annotations": {"k": "v"}}, listed[0]]),
    ]
    indexes.append(layout.add_index([indexes[0], listed[1]]))
    for name, content in layout.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [*images, *indexes]})
    )
    return [
        {"from": "layout", "path": str(folder), "digest": it["digest"], "form": form}
        for form, all_of_it in (("image", images), ("index", indexes))
        for it in all_of_it
    ]


_MANIFESTS: list[Json] = [
    {"annotations": {"b": "2", "a": "<1>"}, "subject": _DESCRIBED, "unknown": 1},
    {"artifactType": "application/vnd.example.type", "annotations": {}},
    {"data": True},
]


def _changed(layout: Layout, image: Json, more: Json) -> Json:
    """An image with another manifest; ``data`` puts the config into it."""
    manifest = json.loads(layout.files[_blob(image)])
    if "data" in more:
        import base64

        config = layout.files[_blob(manifest["config"])]
        manifest["config"]["data"] = base64.b64encode(config).decode()
    else:
        manifest |= more
    return layout.add_blob(json.dumps(manifest).encode(), image["mediaType"])


def _blob(described: Json) -> str:
    return f"blobs/sha256/{described['digest'].partition(':')[2]}"


def _artifact(layout: Layout) -> Json:
    """An artifact, whose config is nothing and whose layer is a text."""
    manifest = {
        "schemaVersion": 2,
        "config": layout.add_blob(b"{}", "application/vnd.oci.empty.v1+json"),
        "layers": [layout.add_blob(b"text", "text/plain")],
    }
    media_type = "application/vnd.oci.image.manifest.v1+json"
    return layout.add_blob(json.dumps(manifest).encode(), media_type)
