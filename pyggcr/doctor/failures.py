"""The tools that fail on a finding: their versions, and the texts of their errors.

The tests compare every text with go-containerregistry v0.18.0 (native/legacy), with the newest
go-containerregistry (the Go engine) and with skopeo. The version in which a behaviour changed is
known from the releases of crane before and after it; see docs/matrix.md. Texts of Docker's
containerd image store were recorded from Docker 28.5 and 29.7.

In a text, ``…`` stands for what depends on the content, mostly digests and sizes.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr.doctor.versions import EVERY, Versions

__all__ = [
    "GO_CONTAINERREGISTRY",
    "SINCE_PATCH",
    "Failure",
    "attestation",
    "blob_link",
    "compressed_archive",
    "cycle",
    "damaged",
    "dropped_layers",
    "fewer_diff_ids",
    "foreign_in_compressed",
    "foreign_layer",
    "ignored_layers",
    "index_unseen",
    "layer_out_of_place",
    "layout_refused",
    "misread_as_gzip",
    "misread_as_tar",
    "missing_target",
    "more_diff_ids",
    "more_diff_ids_than_compressed",
    "name_not_literal",
    "narrowed",
    "no_images",
    "not_gzip",
    "old_layer_sources",
    "order_of_layers",
    "refused",
    "skopeo_digest",
    "tells_of",
    "unknown_diff_id",
    "unknown_layers",
    "wrong_diff_id",
]

GO_CONTAINERREGISTRY = "go-containerregistry"
_CONTAINERD_STORE = "Docker's containerd image store"
_SKOPEO_OCI = "skopeo, oci-archive"
_INDEX_READERS = "readers of index.json"

# v0.19 brought the Docker 25 patch.
SINCE_PATCH = Versions(since="0.19")
_BEFORE_PATCH = Versions(before="0.19")
_LAST_BEFORE_PATCH = "0.18.0"
_RECORDED_DOCKER = Versions(since="28", before="30")
_TRIED_SKOPEO = Versions(only="1.9.3")
# What versions say of layouts since when.
_CHANGES = (
    ("mismatched number of diffids", "0.22.1"),
    ("lstat ", "0.21.7"),
    ("layout blob ", "0.21.7"),
)
_BLOCK_SIZE = 512  # of a tar


@dataclass(frozen=True, slots=True)
class Failure:
    """How a tool fails on what was found.

    Attributes:
        tool: the name of the tool.
        versions: the versions that fail.
        text: the text of its error; empty if it reports none.
        effect: what the tool does; empty if the text says it.
    """

    tool: str
    versions: Versions
    text: str = ""
    effect: str = ""

    def __str__(self) -> str:
        """On one line, such as ``go-containerregistry (< 0.19): unknown blob sha256:…``."""
        return f"{self.tool} ({self.versions}): {self.text or self.effect}"

    def happens_to(self, tool: str, version: str) -> bool:
        """Tell whether a version of a tool fails in this way.

        Args:
            tool: the name of the tool, spelt as in ``tool``.
            version: numbers such as ``0.18`` or ``v0.18.0``.

        Returns:
            Whether it does; false if the failure is that of another tool.

        Raises:
            ValueError: ``version`` is compared with a bound, and is not a version.

        >>> Failure("skopeo", Versions(before="1.10")).happens_to("skopeo", "1.9.3")
        True
        """
        return self.tool == tool and version in self.versions


def _every(text: str) -> Failure:
    return Failure(GO_CONTAINERREGISTRY, EVERY, text)


def tells_of(failure: Failure) -> tuple[bool, bool]:
    """Whether the newest go-containerregistry fails so, and the last before the Docker 25 patch."""
    if failure.tool != GO_CONTAINERREGISTRY or not failure.text:
        return False, False
    newest = not failure.versions.before and not failure.versions.only
    return newest, _LAST_BEFORE_PATCH in failure.versions


def name_not_literal(name: str) -> Failure:
    """A name that is written otherwise where it is asked for; it is cleaned since 0.21.7."""
    versions = Versions(before="0.21.7")
    return Failure(GO_CONTAINERREGISTRY, versions, f"file {name} not found in tar")


def narrowed(failure: Failure, *, newest: bool, old: bool, since: str = "0.19") -> Failure | None:
    """A failure of the versions that it happens to, if it happens to one.

    Args:
        failure: what was predicted.
        newest: whether the newest go-containerregistry fails.
        old: whether v0.18.0 does.
        since: the version in which that changed.
    """
    told = tells_of(failure)
    if not any(told):
        return failure
    if told == (True, True) and newest != old:
        versions = Versions(since=since) if newest else Versions(before=since)
        return Failure(failure.tool, versions, failure.text, failure.effect)
    return failure if (told[0] and newest) or (told[1] and old) else None


def refused(newest: str, old: str) -> tuple[Failure, ...]:
    """What ``validate`` says in the newest version, and in the last before the patch."""
    if newest and newest == old:
        return (_every(newest),)
    said = ((newest, SINCE_PATCH), (old, _BEFORE_PATCH))
    return tuple(Failure(GO_CONTAINERREGISTRY, versions, text) for text, versions in said if text)


def layout_refused(newest: str, old: str) -> tuple[Failure, ...]:
    """What ``validate`` says of an image of a layout in the newest version, and in v0.18.0."""
    if newest and newest == old:
        return (_every(newest),)
    since = next((version for text, version in _CHANGES if text in newest), "0.21.6")
    said = ((newest, Versions(since=since)), (old, Versions(before=since)))
    return tuple(Failure(GO_CONTAINERREGISTRY, versions, text) for text, versions in said if text)


def old_layer_sources() -> Failure:
    """Before the Docker 25 patch: LayerSources are taken by their word."""
    return Failure(GO_CONTAINERREGISTRY, _BEFORE_PATCH, "validating layers: unknown blob sha256:…")


def foreign_layer() -> Failure:
    """LayerSources of another media type are taken by their word to this day."""
    return _every("validating layers: unknown blob sha256:…")


def foreign_in_compressed(layer: int) -> Failure:
    """The same where layers are stored compressed."""
    return _every(
        f"validating layers: mismatched layer[{layer}] digest: "
        "Digest()=sha256:…, SHA256(Compressed())=sha256:…"
    )


def misread_as_gzip() -> Failure:
    """A plain or zstd layer in an image whose first layer is compressed."""
    return _every("validating layers: gzip: invalid header")


def misread_as_tar(layer: int, size: int) -> Failure:
    """A compressed layer in an image whose first layer is plain.

    Args:
        layer: its number.
        size: its size in the archive in bytes.
    """
    # Too short for the header of a tar, or wrong as one.
    if size < _BLOCK_SIZE:
        return _every(
            f"validating layers: undersized layer[{layer}] content: Manifest.Layers[{layer}].Size=…"
        )
    return _every("validating layers: archive/tar: invalid tar header")


def no_images() -> tuple[Failure, ...]:
    """An ``index.json`` without images."""
    return (
        Failure(_CONTAINERD_STORE, _RECORDED_DOCKER, effect="loads nothing"),
        Failure(_SKOPEO_OCI, _TRIED_SKOPEO, "more than one image in oci, choose an image"),
    )


def index_unseen() -> Failure:
    """An image that ``index.json`` lacks."""
    return Failure(_INDEX_READERS, EVERY, effect="do not find the image")


def blob_link() -> Failure:
    """A blob of a layout folder that is a symbolic link."""
    return Failure(
        GO_CONTAINERREGISTRY, Versions(since="0.21.7"), "layout blob sha256:… is a symlink"
    )


def not_gzip() -> Failure:
    """A layer of an OCI manifest that is something else than gzip, in ``validate``."""
    return _every("validating layers: gzip: invalid header")


def attestation(layers: int, diff_ids: int | None) -> tuple[Failure, ...]:
    """What BuildKit says of an image, which ``validate`` takes for another image of the index.

    Before v0.17 crane validated one image of an index only.

    Args:
        layers: how many it has that are layers of images.
        diff_ids: how many its config has; ``None`` if that is no config of an image.
    """
    gzip = "validating layers: gzip: invalid header"
    fails = [Failure(GO_CONTAINERREGISTRY, Versions(since="0.17", before="0.21.6"), gzip)]
    if diff_ids is None:
        versions = Versions(since="0.17", before="0.22.1")
        text = 'validating config: invalid ConfigFile.RootFS.Type: "" != "layers"'
        fails.append(Failure(GO_CONTAINERREGISTRY, versions, text))
    elif diff_ids != layers:
        text = (
            "validating layers: mismatched number of diffids: "
            f"len(ConfigFile.RootFS.DiffIDs)={diff_ids}, len(layers)={layers}"
        )
        fails.append(Failure(GO_CONTAINERREGISTRY, Versions(since="0.22.1"), text))
    return tuple(fails)


def unknown_layers(others: int, layers: int) -> tuple[Failure, ...]:
    """Layers of a media type that is none of a layer, which are not counted any more.

    Args:
        others: how many layers there are besides.
        layers: how many DiffIDs the config has.
    """
    text = f"len(ConfigFile.RootFS.DiffIDs)={layers}, len(layers)={others}"
    return (
        Failure(
            GO_CONTAINERREGISTRY,
            Versions(before="0.21.6"),
            "validating layers: gzip: invalid header",
        ),
        Failure(
            GO_CONTAINERREGISTRY,
            Versions(since="0.22.1"),
            f"validating layers: mismatched number of diffids: {text}",
        ),
    )


def order_of_layers() -> Failure:
    """Layers of an OCI manifest that are not in the order of the config."""
    return Failure(_CONTAINERD_STORE, _RECORDED_DOCKER, "wrong diff id calculated on extraction")


def dropped_layers() -> Failure:
    """An OCI manifest without the layers that repeat others."""
    text = "mismatched image rootfs and manifest layers"
    return Failure(_CONTAINERD_STORE, _RECORDED_DOCKER, text)


def skopeo_digest(expected: str, actual: str) -> Failure:
    """A blob that an OCI manifest names, and that has another digest."""
    text = f"Digest did not match, expected {expected}, got {actual}"
    return Failure(_SKOPEO_OCI, _TRIED_SKOPEO, text)


def wrong_diff_id(layer: int, expected: str, actual: str, versions: Versions) -> Failure:
    """A plain layer with another hash than the config says."""
    text = (
        f"mismatched layer[{layer}] diffid: DiffID()={expected}, "
        f"SHA256(Gunzip(Compressed()))={actual}"
    )
    return Failure(GO_CONTAINERREGISTRY, versions, text)


def unknown_diff_id(actual: str) -> Failure:
    """A compressed layer whose content is none that the config knows."""
    return _every(f"validating layers: unknown diffID {actual}")


def layer_out_of_place(layer: int, expected: str, actual: str) -> Failure:
    """A compressed layer whose content belongs elsewhere in the image."""
    return _every(
        f"mismatched layer[{layer}] diffid: ConfigFile.RootFS.DiffIDs[{layer}]={expected}, "
        f"SHA256(Gunzip(Compressed()))={actual}"
    )


def damaged(layer: int, error: str) -> Failure:
    """A compressed layer that cannot be decompressed."""
    if error == "unexpected EOF":
        return _every(
            f"validating layers: undersized layer[{layer}] content: Manifest.Layers[{layer}].Size=…"
        )
    return _every(f"validating layers: {error}")


def more_diff_ids_than_compressed(diff_ids: int, layers: int) -> Failure:
    """A config with more DiffIDs than there are compressed layers."""
    return _every(f"validating layers: mismatched fs layers ({layers}) and diff ids ({diff_ids})")


def more_diff_ids(diff_ids: int, layers: int, missing: int) -> tuple[Failure, ...]:
    """A config with more DiffIDs than there are plain layers.

    Args:
        diff_ids: how many DiffIDs there are.
        layers: how many layers there are.
        missing: the first place for which there is no layer.
    """
    return (
        _panic("0.21.8", missing, layers),
        Failure(
            GO_CONTAINERREGISTRY,
            Versions(since="0.21.8"),
            f"config has {diff_ids} rootfs.diff_id(s) but tarball manifest only references "
            f"{layers} layer(s); the config may not describe a runnable image",
        ),
    )


def fewer_diff_ids(diff_ids: int, layers: int) -> tuple[Failure, ...]:
    """A config with fewer DiffIDs than there are compressed layers: no manifest can be made."""
    return (
        _panic("0.21.7", diff_ids, diff_ids),
        Failure(
            GO_CONTAINERREGISTRY,
            Versions(since="0.21.7"),
            f"tarball manifest references {layers} layer(s) but config has {diff_ids} "
            "rootfs.diff_ids; the config may not describe a runnable image (for example, a "
            "buildkit cacheconfig)",
        ),
    )


def _panic(before: str, place: int, length: int) -> Failure:
    text = f"panic: runtime error: index out of range [{place}] with length {length}"
    return Failure(GO_CONTAINERREGISTRY, Versions(before=before), text)


def ignored_layers(kept: int) -> Failure:
    """The same with plain layers: those beyond are not seen."""
    read = "layer" if kept == 1 else f"{kept} layers"
    return Failure(
        GO_CONTAINERREGISTRY, EVERY, effect=f"reads the first {read} only, without a word"
    )


def cycle(name: str) -> tuple[Failure, ...]:
    """Links that lead back to themselves, on the way to a layer."""
    return (
        Failure(GO_CONTAINERREGISTRY, Versions(before="0.21.3"), "open …: too many open files"),
        Failure(GO_CONTAINERREGISTRY, Versions(since="0.21.3"), f"link cycle detected for {name}"),
    )


def compressed_archive(size: int) -> Failure:
    """An archive that is compressed as a whole; ``size`` is how many bytes it has at least."""
    text = "unexpected EOF" if size < _BLOCK_SIZE else "archive/tar: invalid tar header"
    return _every(text)


def missing_target(name: str) -> Failure:
    """A link to what is not in the archive, on the way to a layer."""
    return _every(f"file {name} not found in tar")
