"""Checks that an image or a layer does not contradict itself: pkg/v1/validate.

Everything is computed anew from the bytes and compared with what the object says of itself, in
Go's order, as the order decides which error is seen. SharedTasks on any ``v1.Image``.
"""

from __future__ import annotations

import functools
import io

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import gzip, tar
from pyggcr._gostd.strconv import quote
from pyggcr._layers.completed import CompletedImage
from pyggcr._layers.compressed import CompressedImage, CompressedLayer
from pyggcr._layers.hashing import HashingStream
from pyggcr._layers.one_pass import Facts
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr._python import partial
from pyggcr._python.tarball.layer import FileLayer
from pyggcr._python.validate.findings import NO_FINDING, check_manifest, difference, findings
from pyggcr.errors import Error, TruncatedError, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["image", "index", "layer"]

_READ_SIZE = 1 << 20
_UNEXPECTED_EOF = "unexpected EOF"  # io.ErrUnexpectedEOF
_ROOT_FS_TYPE = "layers"
_NO_HASH = v1.Hash()


def image(image: v1.Image, *, fast: bool) -> None:
    """Check layers, config and manifest (``validate.Image``).

    Args:
        image: any image.
        fast: only see whether the layers can be opened.

    Raises:
        ValidationError: all that is wrong.
    """
    checks: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("layers", lambda: _check_layers(image, fast)),
        ("config", lambda: _check_config(image)),
        (
            "manifest",
            lambda: check_manifest(image, image.manifest, v1.parse_manifest, "ParseManifest"),
        ),
    )
    wrong = []
    for part, check in checks:
        found = findings(check)
        if found:
            wrong.append(f"validating {part}: {found}")
    if wrong:
        raise ValidationError("\n\n".join(wrong))


def layer(layer: v1.Layer, *, fast: bool) -> None:
    """Check the layer's hashes and size (``validate.Layer``).

    Raises:
        ValidationError: all that is wrong.
    """
    found = findings(lambda: _check_exists(layer) if fast else _check_layer(layer))
    if found:
        raise ValidationError(found)


def index(index: v1.ImageIndex, *, fast: bool) -> None:
    """Check what the index lists, and its manifest (``validate.Index``).

    Raises:
        ValidationError: all that is wrong.
    """
    from pyggcr._python.validate import indexes

    indexes.check(index, fast=fast)


def _check_exists(layer: v1.Layer) -> list[str]:
    return [] if partial.exists(layer) else ["layer does not exist"]


def _check_layer(layer: v1.Layer) -> list[str]:
    with WorkerPool(1) as pool:
        computed = _begin_pass(layer, pool, {})() or _compute(layer)
    digest = layer.digest()
    diff_id = layer.diff_id()
    size = layer.size()
    wrong = []
    if digest != computed.digest:
        wrong.append(
            f"mismatched digest: Digest()={digest}, SHA256(Compressed())={computed.digest}"
        )
    if diff_id != computed.diff_id:
        wrong.append(
            f"mismatched diffid: DiffID()={diff_id}, "
            f"SHA256(Gunzip(Compressed()))={computed.diff_id}"
        )
    if diff_id != computed.uncompressed_diff_id:
        wrong.append(
            f"mismatched diffid: DiffID()={diff_id}, "
            f"SHA256(Uncompressed())={computed.uncompressed_diff_id}"
        )
    if size != computed.size:
        wrong.append(f"mismatched size: Size()={size}, len(Compressed())={computed.size}")
    return wrong


def _check_layers(image: v1.Image, fast: bool) -> list[str]:
    surveyed = image.survey() if isinstance(image, CompressedImage) and not fast else {}
    layers = image.layers()
    if fast:
        return _check_all_exist(layers)
    computed = _compute_all(image, layers, surveyed)
    described = image.manifest()
    wrong: list[str] = []
    diff_ids: list[v1.Hash] = []
    for index, layer in enumerate(layers):
        entry = (described.layers or [])[index]
        wrong += _compare_layer(image, index, layer, entry, computed[index], diff_ids)
    if described.config.media_type.is_config():
        wrong += _compare_diff_ids(partial.diff_ids(image), diff_ids)
    return wrong


def _check_all_exist(layers: list[v1.Layer]) -> list[str]:
    wrong = []
    for layer in layers:
        try:
            wrong += _check_exists(layer)
        except NO_FINDING:
            raise
        except Error as error:
            wrong += [error.message, "layer does not exist"]
    return wrong


def _compare_layer(
    image: v1.Image,
    index: int,
    layer: v1.Layer,
    entry: v1.Descriptor,
    computed: _Computed,
    diff_ids: list[v1.Hash],
) -> list[str]:
    """Compare what the layer, the manifest and the bytes say; note the layer's DiffID."""
    media_type = layer.media_type()
    digest = layer.digest()
    size = layer.size()
    image.layer_by_digest(digest)
    wrong = []
    here = f"mismatched layer[{index}]"
    there = f"Manifest.Layers[{index}]"
    if digest != computed.digest:
        wrong.append(f"{here} digest: Digest()={digest}, SHA256(Compressed())={computed.digest}")
    if entry.digest != computed.digest:
        wrong.append(
            f"{here} digest: {there}.Digest={entry.digest}, SHA256(Compressed())={computed.digest}"
        )
    if size != computed.size:
        wrong.append(f"{here} size: Size()={size}, len(Compressed())={computed.size}")
    if entry.size != computed.size:
        wrong.append(f"{here} size: {there}.Size={entry.size}, len(Compressed())={computed.size}")
    if entry.media_type != media_type:
        wrong.append(
            f"{here} mediaType: {there}.MediaType={entry.media_type}, "
            f"layer.MediaType()={media_type}"
        )
    if media_type.is_layer():
        diff_id = layer.diff_id()
        image.layer_by_diff_id(diff_id)
        if diff_id != computed.diff_id:
            wrong.append(
                f"{here} diffid: DiffID()={diff_id}, "
                f"SHA256(Gunzip(Compressed()))={computed.diff_id}"
            )
        if diff_id != computed.uncompressed_diff_id:
            wrong.append(
                f"{here} diffid: DiffID()={diff_id}, "
                f"SHA256(Uncompressed())={computed.uncompressed_diff_id}"
            )
        diff_ids.append(diff_id)
    return wrong


def _compare_diff_ids(configured: list[v1.Hash], found: list[v1.Hash]) -> list[str]:
    wrong = []
    if len(configured) != len(found):
        wrong.append(
            f"mismatched number of diffids: len(ConfigFile.RootFS.DiffIDs)={len(configured)}, "
            f"len(layers)={len(found)}"
        )
    for index, (wanted, got) in enumerate(zip(configured, found, strict=False)):
        if wanted != got:
            wrong.append(
                f"mismatched layer[{index}] diffid: ConfigFile.RootFS.DiffIDs[{index}]={wanted}, "
                f"SHA256(Gunzip(Compressed()))={got}"
            )
    return wrong


def _check_config(image: v1.Image) -> list[str]:
    config_name = image.config_name()
    raw = image.raw_config_file()
    digest = v1.sha256(io.BytesIO(raw))[0]
    described = image.manifest().config
    wrong = []
    if config_name != digest:
        wrong.append(
            f"mismatched config digest: ConfigName()={config_name}, "
            f"SHA256(RawConfigFile())={digest}"
        )
    if described.size != len(raw):
        wrong.append(
            f"mismatched config size: Manifest.Config.Size()={described.size}, "
            f"len(RawConfigFile())={len(raw)}"
        )
    if described.media_type.is_config():
        config = image.config_file()
        # Our own images have just parsed the same bytes: nothing can differ.
        parsed = config if isinstance(image, CompletedImage) else v1.parse_config_file(raw)
        if parsed != config:
            wrong.append(
                "mismatched config content: (-ParseConfigFile(RawConfigFile()) +ConfigFile()) "
                + difference(parsed, config)
            )
        if config.rootfs.type != _ROOT_FS_TYPE:
            wrong.append(
                f"invalid ConfigFile.RootFS.Type: {quote(config.rootfs.type)} != "
                f"{quote(_ROOT_FS_TYPE)}"
            )
    return wrong


@dataclass(frozen=True, slots=True)
class _Computed:
    """What the bytes of a layer say; zero hashes where the media type is no layer's."""

    digest: v1.Hash
    size: int
    diff_id: v1.Hash = _NO_HASH
    uncompressed_diff_id: v1.Hash = _NO_HASH


_IN_ONE_PASS = (CompressedLayer, UncompressedLayer, FileLayer)


def _compute_all(
    image: v1.Image, layers: list[v1.Layer], surveyed: dict[str, Facts]
) -> list[_Computed]:
    """What the bytes of each layer say, the layers beside each other as far as they allow it."""
    with WorkerPool(len(layers)) as pool:
        passes = [_begin_pass(layer, pool, surveyed) for layer in layers]
        return [
            begun() or _compute_at(image, index, layer)
            for index, (layer, begun) in enumerate(zip(layers, passes, strict=True))
        ]


def _begin_pass(
    layer: v1.Layer, pool: WorkerPool, surveyed: dict[str, Facts]
) -> Callable[[], _Computed | None]:
    """Let the pool begin with a layer, if it is of a kind that can be read in one pass.

    Returns a function that waits for the result: nothing where Go's way has to be gone.
    """
    if not isinstance(layer, _IN_ONE_PASS):
        return lambda: None
    work = functools.partial(_try_one_pass, layer, pool, surveyed)
    return pool.submit(work).result if layer.anywhere else work


def _try_one_pass(
    layer: CompressedLayer | UncompressedLayer | FileLayer,
    pool: WorkerPool,
    surveyed: dict[str, Facts],
) -> _Computed | None:
    try:
        if not layer.media_type().is_layer():
            return None
        known = layer.surveyed(surveyed) if isinstance(layer, CompressedLayer) else None
        facts = known or layer.read_all(pool)
    except NO_FINDING:
        raise
    except Error:
        return None
    return _Computed(facts.digest, facts.size, facts.diff_id, facts.diff_id)


def _compute_at(image: v1.Image, index: int, layer: v1.Layer) -> _Computed:
    try:
        media_type = layer.media_type()
    except NO_FINDING:
        raise
    except Error as error:
        raise ValidationError(f"getting mediaType[{index}]: {error.message}") from None
    if not media_type.is_layer():
        with layer.compressed() as stream:
            return _Computed(*v1.sha256(stream))
    try:
        return _compute(layer)
    except TruncatedError as error:
        if error.message != _UNEXPECTED_EOF:
            raise
        undersized = f"undersized layer[{index}] content"
        try:
            manifest = image.manifest()
        except NO_FINDING:
            raise
        except Error:
            raise ValidationError(undersized) from None
        size = (manifest.layers or [])[index].size
        raise ValidationError(f"{undersized}: Manifest.Layers[{index}].Size={size}") from None


def _compute(layer: v1.Layer) -> _Computed:
    """Read both streams of the layer (``computeLayer``)."""
    # Go takes every blob for gzip; a layer of a store knows better.
    unzip: Callable[..., io.RawIOBase] = getattr(layer, "unzip", gzip.Reader)
    with layer.compressed() as compressed:
        blob = HashingStream(compressed)
        with unzip(blob, reopen=layer.compressed) as unzipped:
            content = HashingStream(unzipped)
            _check_paths(content)
            # The padding that the tar reader leaves.
            while content.read(_READ_SIZE):
                continue
    with layer.uncompressed() as stream:
        uncompressed_diff_id = v1.sha256(stream)[0]
    return _Computed(
        blob.counted.hash(), blob.counted.size, content.counted.hash(), uncompressed_diff_id
    )


def _check_paths(content: HashingStream) -> None:
    names = set()
    reader = tar.Reader(content)
    while (header := reader.next()) is not None:
        if header.name in names:
            raise ValidationError(f"duplicate file path: {header.name}")
        names.add(header.name)
