"""Archives with one ailment each, and others that come near it and are well.

``AILING`` has, for each code of the doctor, archives that shall be found; ``NEAR`` has what
shall not be found under that code, though it looks like it.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import random
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyggcr.differential.generate.archives import (
    DOCKER_FOREIGN,
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    sha256,
    uncompressed_source,
    zstd_compress,
)

__all__ = [
    "AILING",
    "BIG",
    "NEAR",
    "A",
    "B",
    "Hybrid",
    "blob_links",
    "diff_ids",
    "linked",
    "without_layer",
]

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_GZIP_LAYER = f"{OCI_LAYER}+gzip"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
IN_TOTO = "application/vnd.in-toto+json"
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}

A = layer_tar({"a": b"hello" * 300})
B = layer_tar({"b": b"world" * 500})
# Does not fit into a block of a tar, however it is compressed.
BIG = layer_tar({"big": random.Random(4).randbytes(5000)})


def diff_ids(*contents: bytes) -> dict[str, Any]:
    """For ``ImageSpec.config``: a config that says that these are the layers."""
    return {"rootfs": {"type": "layers", "diff_ids": [sha256(content) for content in contents]}}


@dataclass
class Hybrid:
    """A docker-save archive that is an OCI layout too; everything can be changed before ``tar``."""

    files: dict[str, bytes] = field(default_factory=dict)
    manifest: list[dict[str, Any]] = field(default_factory=list)
    index: dict[str, Any] = field(
        default_factory=lambda: {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    )

    def blob(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Add a blob; its descriptor."""
        self.files[f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"] = data
        return {"mediaType": media_type, "digest": sha256(data), "size": len(data), **more}

    def save(self, image: ImageSpec) -> None:
        """Add an image to ``manifest.json``, as Docker 25 and later do without LayerSources."""
        config = self.blob(image.raw_config(), OCI_CONFIG)
        layers = [self.blob(layer.stored(), OCI_LAYER) for layer in image.layers]
        names = [f"blobs/sha256/{it['digest'][7:]}" for it in (config, *layers)]
        self.manifest.append({"Config": names[0], "RepoTags": image.tags, "Layers": names[1:]})

    def describe(
        self,
        image: ImageSpec,
        layers: list[LayerSpec] | None = None,
        label: str = "",
        **more: Any,
    ) -> dict[str, Any]:
        """Add an OCI manifest of an image, with these layers of that media type; its descriptor."""
        listed = image.layers if layers is None else layers
        document = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.blob(image.raw_config(), OCI_CONFIG),
            "layers": [
                self.blob(
                    layer.stored(),
                    label or (OCI_LAYER if layer.compression == "none" else OCI_GZIP_LAYER),
                )
                for layer in listed
            ],
        }
        return self.blob(json.dumps(document).encode(), OCI_MANIFEST, **more)

    def nest(self, *described: dict[str, Any]) -> dict[str, Any]:
        """Add an index of what is described; its descriptor."""
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(described)}
        return self.blob(json.dumps(document).encode(), OCI_INDEX)

    def list(self, *described: dict[str, Any]) -> Hybrid:
        """Add to ``index.json``."""
        self.index["manifests"].extend(described)
        return self

    def without(self, described: dict[str, Any]) -> Hybrid:
        """Take a blob away."""
        del self.files[f"blobs/sha256/{described['digest'][7:]}"]
        return self

    def all_files(self) -> dict[str, bytes]:
        """Every file; ``manifest.json`` only if an image was saved."""
        files = {**self.files, "oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
        files["index.json"] = json.dumps(self.index).encode()
        if self.manifest:
            files["manifest.json"] = json.dumps(self.manifest).encode()
        return files

    def tar(self) -> bytes:
        """The archive."""
        return make_tar([member(name, content) for name, content in self.all_files().items()])


def _image(*layers: LayerSpec, tags: list[str] | None = None, **config: Any) -> ImageSpec:
    return ImageSpec(list(layers), tags or ["app:1"], config)


def _saved(*layers: LayerSpec, **config: Any) -> bytes:
    return docker_save([_image(*layers, **config)])


def _plain(content: bytes) -> LayerSpec:
    return LayerSpec(content)


def _gzip(content: bytes) -> LayerSpec:
    return LayerSpec(content, "gzip")


def _zstd(content: bytes) -> LayerSpec:
    return LayerSpec(content, "zstd")


def _sourced(content: bytes, compression: str = "none", **source: Any) -> LayerSpec:
    return LayerSpec(content, compression, {**uncompressed_source(content), **source})


def _foreign(content: bytes) -> LayerSpec:
    """A layer that comes from elsewhere: its blob has a digest of its own."""
    blob = _gzip(content).stored()
    source = {"mediaType": DOCKER_FOREIGN, "size": len(blob), "digest": sha256(blob)}
    return LayerSpec(content, "none", source)


def _in_both(image: ImageSpec) -> Hybrid:
    hybrid = Hybrid()
    hybrid.save(image)
    return hybrid.list(hybrid.describe(image))


def _null_index(*, saved: bool) -> bytes:
    hybrid = Hybrid()
    if saved:
        hybrid.save(_image(_plain(A)))
    hybrid.index["manifests"] = None
    return hybrid.tar()


def _index_without_second() -> bytes:
    hybrid = _in_both(_image(_plain(A)))
    hybrid.save(_image(_plain(B), tags=["other:1"]))
    return hybrid.tar()


def _empty_index() -> bytes:
    hybrid = Hybrid()
    hybrid.save(_image(_plain(A)))
    return hybrid.tar()


def _oci_layers(*listed: LayerSpec, image: ImageSpec, saved: bool = True) -> bytes:
    """An OCI manifest with other layers than the image has."""
    hybrid = Hybrid()
    if saved:
        hybrid.save(image)
    return hybrid.list(hybrid.describe(image, list(listed))).tar()


def _labelled(label: str, *layers: LayerSpec, **config: Any) -> bytes:
    """An OCI layout whose layers have that media type."""
    hybrid = Hybrid()
    return hybrid.list(hybrid.describe(_image(*layers, **config), label=label)).tar()


def without_layer() -> bytes:
    """The only image of a layout lacks a layer."""
    hybrid = _oci_hybrid(_plain(A), _plain(B))
    return hybrid.without(hybrid.blob(A, OCI_LAYER)).tar()


def _oci_hybrid(*layers: LayerSpec) -> Hybrid:
    hybrid = Hybrid()
    return hybrid.list(hybrid.describe(_image(*layers)))


def _indexed(*layers: LayerSpec) -> bytes:
    """A layout with an index in its ``index.json``."""
    hybrid = Hybrid()
    return hybrid.list(hybrid.nest(hybrid.describe(_image(*layers)))).tar()


def _skippable(content: bytes) -> bytes:
    """What pzstd writes: a frame to be passed over, and then frames as usual."""
    return b"\x50\x2a\x4d\x18\x04\x00\x00\x00\x2a\x00\x00\x00" + _zstd(content).stored()


def _squashfs(size: int = 4096) -> bytes:
    """What begins as a squashfs file system does."""
    return b"hsqs" + bytes(size - 4)


def _twice(name: str) -> bytes:
    """A layer that has a file twice."""
    return make_tar([member(name, b"1"), member(name, b"2")])


def _in_form(stored: bytes, content: bytes = A, *more: LayerSpec, first: bool = True) -> bytes:
    """An archive with a layer that is stored in some form."""
    layers = [_plain(stored), *more] if first else [*more, _plain(stored)]
    contents = [content, *(layer.content for layer in more)]
    return _saved(*layers, **diff_ids(*(contents if first else [*contents[1:], content])))


def blob_links(folder: Path, *, out: bool = True) -> None:
    """A layout as Bazel makes it: its blobs are links to those of the base's layout."""
    base = folder.with_name("base") if out else folder / "base"
    for place, is_link in ((base, False), (folder, True)):
        for name, content in _oci_hybrid(_gzip(A)).all_files().items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if is_link and name.startswith("blobs/"):
                path.symlink_to(os.path.relpath(base / name, path.parent))
            else:
                path.write_bytes(content)


def _nested() -> bytes:
    """The image behind two indexes, with an attestation beside it."""
    hybrid = Hybrid()
    image = _image(_plain(A))
    hybrid.save(image)
    attestation = hybrid.describe(
        ImageSpec([_plain(B)], config={"architecture": "unknown"}), annotations=ATTESTATION
    )
    return hybrid.list(hybrid.nest(hybrid.nest(hybrid.describe(image), attestation))).tar()


def _attested(label: str, count: int = 1) -> bytes:
    """A layout of an image with attestations, whose layers have that media type."""
    hybrid = Hybrid()
    attestations = [
        hybrid.describe(
            ImageSpec([_gzip(B)], config={"architecture": "unknown", "number": number}),
            label=label,
            annotations=ATTESTATION,
        )
        for number in range(count)
    ]
    return hybrid.list(hybrid.nest(hybrid.describe(_image(_gzip(A))), *attestations)).tar()


def _absent(**more: Any) -> bytes:
    """An index that names an image that is there, and one that is not."""
    hybrid = Hybrid()
    image = _image(_plain(A))
    hybrid.save(image)
    other = hybrid.describe(_image(_plain(B)), **more)
    described = hybrid.describe(image)
    return hybrid.list(hybrid.nest(described, other)).without(other).tar()


def _absent_layer() -> bytes:
    hybrid = Hybrid()
    image, other = _image(_plain(A)), _image(_plain(B))
    hybrid.save(image)
    layer = hybrid.blob(B, OCI_LAYER)
    described = [hybrid.describe(image), hybrid.describe(other)]
    return hybrid.list(*described).without(layer).tar()


def _renamed(old: bytes, new: bytes, archive: Hybrid) -> bytes:
    """One blob's content in the place of another's."""
    archive.files[f"blobs/sha256/{hashlib.sha256(old).hexdigest()}"] = new
    return archive.tar()


def _damaged_as_docker_25() -> bytes:
    """A layer of an archive of Docker 25 that is not what it was."""
    data = _saved(_sourced(A), _sourced(B))
    return data.replace(b"world" * 500, b"w0rld" * 500)


def _broken_gzip() -> bytes:
    """A gzip layer whose checksum is wrong."""
    data = bytearray(_gzip(B).stored())
    data[-6] ^= 1
    return _files_of({"l0": _gzip(A).stored(), "l1": bytes(data)}, [A, B])


def _cut_gzip() -> bytes:
    return _files_of({"l0": _gzip(A).stored(), "l1": _gzip(BIG).stored()[:-20]}, [A, BIG])


def _files_of(layers: dict[str, bytes], contents: list[bytes], config: str = "config") -> bytes:
    """Layers under names that promise no digest."""
    raw = _image(*map(_plain, contents)).raw_config()
    manifest = [{"Config": config, "RepoTags": None, "Layers": list(layers)}]
    files = {config: raw, **layers, "manifest.json": json.dumps(manifest).encode()}
    return make_tar([member(name, content) for name, content in files.items()])


def _config_named(digest: str) -> bytes:
    """An image whose config is named as Docker up to 24 names it."""
    return _files_of({"l0": A}, [A], f"{digest}.json")


def linked(layer: str, *members: Any) -> bytes:
    """An image of one layer of that name, with these entries."""
    raw = _image(_plain(A)).raw_config()
    manifest = [{"Config": "config", "RepoTags": None, "Layers": [layer]}]
    return make_tar(
        [
            member("config", raw),
            member("manifest.json", json.dumps(manifest).encode()),
            *members,
        ]
    )


def _repeated(*members: Any) -> bytes:
    """An image of the layers x and y, which should be the same, with these entries."""
    raw = _image(_plain(A), _plain(A)).raw_config()
    manifest = [{"Config": "config", "RepoTags": None, "Layers": ["x", "y"]}]
    document = json.dumps(manifest).encode()
    return make_tar([member("config", raw), member("manifest.json", document), *members])


def _symlink(name: str, target: str) -> Any:
    return member(name, b"", tarfile.SYMTYPE, target)


def _hard_link(name: str, target: str) -> Any:
    return member(name, b"", tarfile.LNKTYPE, target)


AB = _image(_plain(A), _plain(B))
ABA = _image(_plain(A), _plain(B), _plain(A))
GZIP_AB = _image(_gzip(A), _gzip(B))
RAW_CONFIG = _image(_plain(A)).raw_config()

AILING: dict[str, dict[str, Callable[[], bytes]]] = {
    "PYG001": {
        "OCI's media type": lambda: _saved(_sourced(A), _sourced(B)),
        "Docker's media type": lambda: _saved(
            _sourced(A, mediaType="application/vnd.docker.image.rootfs.diff.tar")
        ),
        "only the second layer": lambda: _saved(_plain(A), _sourced(B)),
        "another digest": lambda: _saved(_sourced(A, digest=sha256(B))),
    },
    "PYG002": {
        "saved by ID": lambda: _null_index(saved=True),
        "nothing else": lambda: _null_index(saved=False),
    },
    "PYG003": {"one of two": _index_without_second, "an empty index": _empty_index},
    "PYG004": {
        "reversed": lambda: _oci_layers(_plain(B), _plain(A), image=AB),
        "repeats dropped": lambda: _oci_layers(_plain(A), _plain(B), image=ABA),
        "gzip reversed": lambda: _oci_layers(_gzip(B), _gzip(A), image=GZIP_AB),
        "no manifest.json": lambda: _oci_layers(_plain(B), _plain(A), image=AB, saved=False),
    },
    "PYG005": {
        "gzip first": lambda: _saved(_gzip(A), _plain(B)),
        "plain first": lambda: _saved(_plain(A), _gzip(B)),
        "plain first, long gzip": lambda: _saved(_plain(A), _plain(B), _gzip(BIG)),
        "a repeated layer, plain first": lambda: _saved(_plain(A), _plain(B), _gzip(A)),
        "a repeated layer, gzip first": lambda: _saved(_gzip(A), _plain(B), _plain(A)),
    },
    "PYG006": {
        "a gzip type": lambda: _saved(_sourced(A, mediaType=OCI_GZIP_LAYER), _plain(B)),
        "a foreign type": lambda: _saved(_plain(A), _sourced(B, mediaType=DOCKER_FOREIGN)),
        "no type": lambda: _saved(_sourced(A, mediaType="")),
        "a gzip layer": lambda: _saved(_sourced(A, "gzip", mediaType=OCI_GZIP_LAYER), _gzip(B)),
        "a gzip layer, said plain": lambda: _saved(_gzip(A), _sourced(B, "gzip")),
    },
    "PYG007": {
        "all": lambda: _saved(_zstd(A), _zstd(B)),
        "after gzip": lambda: _saved(_gzip(A), _zstd(B)),
        "after plain": lambda: _saved(_plain(A), _zstd(B)),
        "after plain, long": lambda: _saved(_plain(A), _zstd(BIG)),
        "a repeated layer": lambda: _saved(_plain(A), _zstd(A)),
        "an OCI layout": lambda: _oci_layers(_zstd(A), image=_image(_zstd(A)), saved=False),
        "an OCI layout, labelled": lambda: _labelled(f"{OCI_LAYER}+zstd", _gzip(A), _zstd(B)),
    },
    "PYG008": {
        "plain": lambda: _saved(_plain(A)),
        "plain first": lambda: _saved(_plain(A), _gzip(B)),
    },
    "PYG009": {
        "symbolic": lambda: _saved(LayerSpec(A, link="symbolic")),
        "a hard link in the same folder": lambda: linked("x", member("y", A), _hard_link("x", "y")),
        "a link to a link": lambda: linked(
            "x", _symlink("x", "y"), _symlink("y", "z"), member("z", A)
        ),
    },
    "PYG010": {
        "a layer": lambda: _renamed(A, B, _in_both(_image(_plain(A), **diff_ids(B)))),
        "a config": lambda: _config_named("0" * 64),
        "what nobody names": lambda: _renamed(B, A, _with_blob(_in_both(_image(_plain(A))), B)),
    },
    "PYG011": {
        "plain": lambda: _saved(_plain(A), _plain(B), **diff_ids(A, BIG)),
        "plain, with LayerSources": _damaged_as_docker_25,
        "plain, behind a layer that should be the same": lambda: _saved(
            _plain(A), _plain(B), **diff_ids(A, A)
        ),
        "plain, before a layer that should be the same": lambda: _saved(
            _plain(B), _plain(A), **diff_ids(A, A)
        ),
        "plain, with odd LayerSources": lambda: _saved(
            _sourced(A, mediaType=DOCKER_FOREIGN), _plain(B), **diff_ids(A, BIG)
        ),
        "zstd": lambda: _saved(_zstd(A), **diff_ids(B)),
        "plain after gzip": lambda: _saved(_gzip(A), _plain(B), **diff_ids(A, BIG)),
        "gzip": lambda: _saved(_gzip(A), _gzip(B), **diff_ids(A, BIG)),
        "gzip out of place": lambda: _saved(_gzip(A), _gzip(B), **diff_ids(B, A)),
        "a wrong checksum": _broken_gzip,
        "cut short": _cut_gzip,
    },
    "PYG012": {
        "more DiffIDs": lambda: _saved(_plain(A), **diff_ids(A, B)),
        "more DiffIDs, which repeat": lambda: _saved(_plain(A), **diff_ids(A, A)),
        "more DiffIDs, after one that repeats": lambda: _saved(
            _plain(A), _plain(B), **diff_ids(A, B, A, BIG)
        ),
        "fewer DiffIDs": lambda: _saved(_plain(A), _plain(B), **diff_ids(A)),
        "no DiffIDs": lambda: _saved(_plain(A), **diff_ids()),
        "no layers": lambda: _saved(**diff_ids(A)),
        "gzip, more DiffIDs": lambda: _saved(_gzip(A), **diff_ids(A, B)),
        "gzip, fewer DiffIDs": lambda: _saved(_gzip(A), _gzip(B), **diff_ids(A)),
        "no manifest.json": lambda: _oci_layers(_plain(A), image=AB, saved=False),
    },
    "PYG013": {
        "a platform": lambda: _absent(platform={"os": "linux", "architecture": "arm64"}),
        "an attestation": lambda: _absent(annotations=ATTESTATION),
        "a layer of a platform": _absent_layer,
    },
    "PYG014": {
        "a cycle": lambda: linked("x", _symlink("x", "y"), _symlink("y", "x")),
        "a link to itself": lambda: linked("x", _symlink("x", "x")),
        "a link that leads out": lambda: linked("x/y", _symlink("x/y", "../../etc/passwd")),
        "a link that leads out, of a layer that repeats": lambda: _repeated(
            _symlink("y", "../z"), member("x", A)
        ),
        "an absolute link": lambda: linked("x/y", _symlink("x/y", "/etc/passwd")),
        "an absolute link that Go finds": lambda: linked(
            "x/y", _symlink("x/y", "/z"), member("x/z", A)
        ),
        "a hard link that leads out": lambda: linked(
            "x/y", _hard_link("x/y", "../z"), member("z", A)
        ),
        "an entry above": lambda: linked("x", member("x", A), member("../y", B)),
        "a cycle that nobody reads": lambda: linked(
            "x", member("x", A), _symlink("y", "z"), _symlink("z", "y")
        ),
    },
    "PYG016": {
        "plain, labelled gzip": lambda: _labelled(OCI_GZIP_LAYER, _gzip(A), _plain(B)),
        "plain, labelled zstd": lambda: _labelled(f"{OCI_LAYER}+zstd", _plain(A)),
        "plain, labelled as Docker does": lambda: _labelled(DOCKER_LAYER, _plain(A)),
    },
    "PYG017": {
        "a base layer of Windows": lambda: _saved(_foreign(A), _plain(B)),
        "the last layer": lambda: _saved(_plain(A), _foreign(B)),
        "beside a layer of its own": lambda: _saved(_foreign(A), _sourced(B)),
    },
    "PYG018": {
        "encrypted": lambda: _labelled(f"{OCI_GZIP_LAYER}+encrypted", _plain(BIG[512:])),
        "encrypted, two": lambda: _labelled(
            f"{OCI_LAYER}+encrypted", _plain(B[99:]), _plain(A[9:])
        ),
        "xz": lambda: _in_form(lzma.compress(BIG), BIG),
        "xz, short": lambda: _in_form(lzma.compress(A)),
        "xz behind plain": lambda: _in_form(lzma.compress(BIG), BIG, _plain(B), first=False),
        "xz behind gzip": lambda: _in_form(lzma.compress(BIG), BIG, _gzip(B), first=False),
        "bzip2": lambda: _in_form(bz2.compress(BIG), BIG),
        "pzstd": lambda: _in_form(_skippable(BIG), BIG),
        "squashfs": lambda: _in_form(_squashfs()),
        "pzstd in a layout": lambda: _labelled(f"{OCI_LAYER}+zstd", _plain(_skippable(A))),
    },
    "PYG019": {
        "a layout": lambda: _labelled(OCI_LAYER, _plain(A), _plain(B)),
        "beside gzip": lambda: _oci_hybrid(_gzip(A), _plain(B)).tar(),
    },
}

AILING["PYG028"] = {
    "an attestation": lambda: _attested(IN_TOTO),
    "two of them": lambda: _attested(IN_TOTO, count=2),
}

AILING["PYG025"] = {
    "a name twice in a layer": lambda: _saved(_plain(_twice("a"))),
    "a name twice in a gzip layer": lambda: _saved(_gzip(A), _gzip(_twice("b"))),
    "a layer that is a tar up to its middle": lambda: _saved(_plain(A[:700])),
    "an untyped root file system": lambda: _saved(
        _plain(A), rootfs={"type": "", "diff_ids": [sha256(A)]}
    ),
    "a name that is written otherwise": lambda: linked("./x", member("x", A)),
}
AILING["PYG026"] = {
    name: lambda pack=pack, data=data: pack(data())  # type: ignore[misc]
    for form, pack in (
        ("gzip", gzip.compress),
        ("zstd", zstd_compress),
        ("xz", lzma.compress),
        ("bzip2", bz2.compress),
    )
    for name, data in (
        (form, lambda: _saved(_plain(A))),
        (f"{form}, long", lambda: _saved(_plain(random.Random(26).randbytes(3000)))),
        (f"{form}, a layout", lambda: _oci_hybrid(_gzip(A)).tar()),
    )
}
AILING["PYG027"] = {
    "one image": lambda: _oci_hybrid(_gzip(A)).tar(),
    "an index": lambda: _indexed(_gzip(A)),
}

NEAR: dict[str, dict[str, Callable[[], bytes]]] = {
    "PYG001": {
        "no LayerSources": lambda: _saved(_plain(A)),
        "LayerSources of other layers": lambda: _saved(_sourced(A), **diff_ids(B)),
    },
    "PYG002": {"an empty list": _empty_index, "no index.json": lambda: _saved(_plain(A))},
    "PYG003": {
        "in both": lambda: _in_both(_image(_plain(A))).tar(),
        "nested": _nested,
        "manifests null": lambda: _null_index(saved=True),
        "no index.json": lambda: _saved(_plain(A)),
    },
    "PYG004": {
        "repeats kept": lambda: _in_both(ABA).tar(),
        "gzip": lambda: _in_both(GZIP_AB).tar(),
        "gzip beside plain": lambda: _oci_layers(_gzip(A), _gzip(B), image=AB),
        "mixed": lambda: _in_both(_image(_plain(A), _gzip(B))).tar(),
    },
    "PYG005": {
        "gzip and zstd": lambda: _saved(_gzip(A), _zstd(B)),
        "two images": lambda: docker_save([_image(_gzip(A)), _image(_plain(B), tags=["other:1"])]),
        "an OCI layout": lambda: _oci_layers(
            _plain(A), _gzip(B), image=_image(_plain(A), _gzip(B)), saved=False
        ),
    },
    "PYG006": {
        "uncompressed": lambda: _saved(_sourced(A)),
        "a layer from elsewhere": lambda: _saved(
            _plain(A), _sourced(B, mediaType=DOCKER_FOREIGN, digest=sha256(A))
        ),
    },
    "PYG007": {
        "gzip": lambda: _saved(_gzip(A)),
        "the magic number further on": lambda: _saved(_plain(layer_tar({"z": _zstd(A).stored()}))),
    },
    "PYG008": {
        "gzip": lambda: _saved(_gzip(A)),
        "gzip first": lambda: _saved(_gzip(A), _plain(B)),
        "no layers": lambda: _saved(),
        "an OCI layout": lambda: _oci_layers(_plain(A), image=_image(_plain(A)), saved=False),
    },
    "PYG009": {
        "a link that nobody reads": lambda: linked("x", member("x", A), _symlink("y", "x")),
    },
    "PYG010": {
        "all is well": lambda: _in_both(AB).tar(),
        "other names": lambda: _files_of({"l0": A}, [A]),
        "a config by its digest": lambda: _config_named(hashlib.sha256(RAW_CONFIG).hexdigest()),
        "a name that is no digest": lambda: _config_named("0" * 63),
    },
    "PYG011": {
        "plain": lambda: _saved(_plain(A), _plain(B), _plain(A)),
        "gzip": lambda: _saved(_gzip(A), _gzip(B)),
        "zstd": lambda: _saved(_zstd(A), _zstd(BIG)),
        "mixed": lambda: _saved(_gzip(A), _plain(B), _zstd(BIG)),
        "links": lambda: _saved(LayerSpec(A, link="symbolic"), LayerSpec(A)),
    },
    "PYG012": {
        "as many": lambda: _in_both(ABA).tar(),
        "none": lambda: _saved(),
    },
    "PYG013": {
        "all there": _nested,
        "no index.json": lambda: _saved(_plain(A)),
    },
    "PYG014": {
        "links that stay inside": lambda: linked(
            "x/y", _symlink("x/y", "../z/./w"), member("z/w", A)
        ),
        "dots that stay inside": lambda: linked("x", member("x", A), member("./y/../z", B)),
        "a name with dots": lambda: linked("..x", member("..x", A)),
        "a chain": lambda: linked("x", _symlink("x", "y"), _symlink("y", "z"), member("z", A)),
        "an absolute entry": lambda: linked("x", member("x", A), member("/y", B)),
        "an absolute layer": lambda: linked("/x", member("/x", A)),
    },
    "PYG016": {
        "as it is labelled": lambda: _labelled(OCI_GZIP_LAYER, _gzip(A), _gzip(B)),
        "gzip that is called plain": lambda: _labelled(OCI_LAYER, _gzip(A)),
    },
    "PYG017": {
        "a layer of its own": lambda: _saved(_sourced(A)),
        "of a layer that is not there": lambda: _saved(_plain(A)),
    },
    "PYG018": {
        "a tar with such a name": lambda: _saved(_plain(layer_tar({"BZh": b"a", "hsqs": b"b"}))),
        "gzip": lambda: _saved(_gzip(A)),
        "an empty tar": lambda: _saved(_plain(bytes(1024))),
    },
    "PYG019": {
        "gzip": lambda: _labelled(OCI_GZIP_LAYER, _gzip(A)),
        "in both": lambda: _in_both(_image(_plain(A))).tar(),
    },
    "PYG026": {
        "a compressed layer": lambda: _saved(_gzip(A)),
        "a compressed archive in a layer": lambda: _saved(_plain(gzip.compress(_saved(_plain(A))))),
    },
    "PYG027": {
        "in both": lambda: _in_both(_image(_gzip(A))).tar(),
        "no index.json": lambda: _saved(_gzip(A)),
    },
    "PYG025": {
        "an empty layer": lambda: _saved(_plain(bytes(1024))),
        "what another finding tells": lambda: _saved(_gzip(A), _plain(B)),
        "no layers": lambda: _saved(),
        "a link that stays inside": lambda: linked("x", _symlink("x", "y"), member("y", A)),
    },
    "PYG028": {
        "layers of an image": lambda: _attested(OCI_GZIP_LAYER),
        "beside manifest.json": _nested,
        "one that is not there": lambda: _absent(annotations=ATTESTATION),
    },
}


def _with_blob(hybrid: Hybrid, data: bytes) -> Hybrid:
    hybrid.blob(data, OCI_LAYER)
    return hybrid
