"""Make images and indexes from other ones: pkg/v1/mutate.

Nothing is read before the new image is asked for something, except where a function says so. The
result is an image or index like any other. The base is not changed, and must stay usable. Both
engines do what Go does, including upstream bugs (docs/upstream-findings.md).
"""

# No future import: its name, annotations, is that of a function here.
import datetime as dt
import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, overload

from pyggcr import v1
from pyggcr._gostd.gzip_options import BEST_SPEED, check_int64
from pyggcr._values.mutate import Addendum, Appendable, IndexAddendum
from pyggcr.compression import GZIP, Compression
from pyggcr.engine import gzip_profile_for, select
from pyggcr.types import MediaType
from pyggcr.v1.parts import Parts

if TYPE_CHECKING:
    from pyggcr.engine import Engine

__all__ = [
    "Addendum",
    "Appendable",
    "IndexAddendum",
    "annotations",
    "append",
    "append_layers",
    "append_manifests",
    "canonical",
    "config",
    "config_file",
    "config_media_type",
    "created_at",
    "extract",
    "index_media_type",
    "media_type",
    "rebase",
    "remove_manifests",
    "subject",
    "time",
]


def append(base: v1.Image, *adds: Addendum, engine: str | None = None) -> v1.Image:
    """Add layers, each with its description, on top of an image (``mutate.Append``).

    If the config is not a container's, the config file is not changed.

    Args:
        base: an image of either engine, or your own.
        adds: what to add, lowest layer first; without any, the base itself is returned.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        Error: an addendum has neither a layer nor the history of an empty layer.
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty, v1
        >>> history = v1.History(created_by="ENV A=B", empty_layer=True)
        >>> image = append(empty.image(), Addendum(history=history))
        >>> image.config_file().history[0].created_by
        'ENV A=B'
    """
    for add in adds:
        _check(add, Addendum)
        if add.layer is not None:
            _check(add.layer, v1.Layer)
        _check(add.history, v1.History)
    chosen = _engine(base, engine)
    return chosen.mutate.append(base=base, adds=adds) if adds else base


def append_layers(base: v1.Image, *layers: v1.Layer, engine: str | None = None) -> v1.Image:
    """Add layers on top of an image (``mutate.AppendLayers``).

    Each layer gets an empty entry in the history. If the config is not a container's, the config
    file is not changed.

    Args:
        base: an image of either engine, or your own.
        layers: layers of any origin, lowest first; without any, the base itself is returned.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        Error: the layers cannot be added; the subclass says why.
        TypeError: a layer or the base has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> import io
        >>> from pyggcr import empty, tarball
        >>> layer = tarball.layer_from_opener(lambda: io.BytesIO(bytes(1024)))
        >>> image = append_layers(empty.image(), layer)
        >>> image.layers()[0].diff_id() == layer.diff_id()
        True
    """
    for layer in layers:
        _check(layer, v1.Layer)
    chosen = _engine(base, engine)
    return chosen.mutate.append_layers(base=base, layers=layers) if layers else base


def append_manifests(
    base: v1.ImageIndex, *adds: IndexAddendum | Appendable, engine: str | None = None
) -> v1.ImageIndex:
    """Add images, indexes and layers to an index (``mutate.AppendManifests``).

    Args:
        base: an index of either engine, or your own.
        adds: what to add, either the object itself or an ``IndexAddendum`` that describes it.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new index. Its ``image``, ``image_index`` and ``layer`` return what was added, once the
        index was asked for something else.

    Raises:
        Error: what to add cannot be described; the subclass says why.
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty, v1
        >>> add = IndexAddendum(empty.image(), platform=v1.Platform("arm64", "linux"))
        >>> index = append_manifests(empty.index(), add)
        >>> str(index.index_manifest().manifests[0].platform)
        'linux/arm64'
    """
    all_adds = [add if isinstance(add, IndexAddendum) else IndexAddendum(add) for add in adds]
    for add in all_adds:
        if not all(hasattr(add.add, it) for it in ("digest", "size", "media_type")):
            raise TypeError(f"expected something to add to an index, not {type(add.add).__name__}")
    return _engine(base, engine, v1.ImageIndex).mutate.append_manifests(base=base, adds=all_adds)


def remove_manifests(
    base: v1.ImageIndex,
    matcher: Callable[[v1.Descriptor], bool],
    *,
    engine: str | None = None,
) -> v1.ImageIndex:
    """Remove the entries of an index that match (``mutate.RemoveManifests``).

    If nothing remains, the manifest contains ``"manifests":null``, as in Go.

    Args:
        base: an index of either engine, or your own.
        matcher: one of ``pyggcr.match``, or any function of a descriptor. It is called for each
            entry when the new index is first asked for something, and its exceptions are raised
            then.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new index.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty, match
        >>> index = append_manifests(empty.index(), empty.image())
        >>> index = remove_manifests(index, match.digests(empty.image().digest()))
        >>> index.index_manifest().manifests is None
        True
    """
    if not callable(matcher):
        raise TypeError(f"expected a function, not {type(matcher).__name__}")
    return _engine(base, engine, v1.ImageIndex).mutate.remove_manifests(base=base, matcher=matcher)


def config(base: v1.Image, config: v1.Config, *, engine: str | None = None) -> v1.Image:
    """Replace how the image is run: command, environment, user and so on (``mutate.Config``).

    Args:
        base: an image of either engine, or your own; its config file is read at once.
        config: the new ``config`` of the config file; it is copied.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image. Its config file is rewritten, so fields that go-containerregistry does not know
        are lost.

    Raises:
        TypeError: an argument has another type.
        Error: the base cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import empty, v1
        >>> image = config(empty.image(), v1.Config(cmd=["sh"]))
        >>> image.config_file().config.cmd
        ['sh']
    """
    _check(config, v1.Config)
    return _engine(base, engine).mutate.config(base=base, config=config)


def config_file(
    base: v1.Image, config_file: v1.ConfigFile, *, engine: str | None = None
) -> v1.Image:
    """Replace the config file of an image (``mutate.ConfigFile``).

    Go keeps the caller's config file and sees later changes to it; here it is copied.

    Args:
        base: an image of either engine, or your own; its manifest is read at once.
        config_file: the new config file.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image with the layers of the base.

    Raises:
        TypeError: an argument has another type.
        Error: the base cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import empty, v1
        >>> image = config_file(empty.image(), v1.ConfigFile(os="linux", architecture="amd64"))
        >>> image.config_file().os
        'linux'
    """
    _check(config_file, v1.ConfigFile)
    return _engine(base, engine).mutate.config_file(base=base, config_file=config_file)


def media_type(
    image: v1.Image, media_type: MediaType | str, *, engine: str | None = None
) -> v1.Image:
    """Change the media type of an image's manifest, and nothing else (``mutate.MediaType``).

    Args:
        image: an image of either engine, or your own.
        media_type: the new media type; those of the layers and the config do not change.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty, types
        >>> media_type(empty.image(), types.MediaType.OCI_MANIFEST_SCHEMA1).media_type()
        'application/vnd.oci.image.manifest.v1+json'
    """
    _check(media_type, str)
    chosen = _engine(image, engine)
    return chosen.mutate.media_type(image=image, media_type=MediaType(media_type))


@overload
def annotations(
    described: v1.Image, annotations: Mapping[str, str], *, engine: str | None = None
) -> v1.Image: ...
@overload
def annotations(
    described: v1.ImageIndex, annotations: Mapping[str, str], *, engine: str | None = None
) -> v1.ImageIndex: ...
@overload
def annotations(
    described: Parts, annotations: Mapping[str, str], *, engine: str | None = None
) -> Parts: ...
def annotations(
    described: v1.Image | v1.ImageIndex | Parts,
    annotations: Mapping[str, str],
    *,
    engine: str | None = None,
) -> v1.Image | v1.ImageIndex | Parts:
    """Add annotations to the manifest of an image or an index (``mutate.Annotations``).

    They are merged into the existing annotations, none of which can be removed.

    Args:
        described: an image or an index; or ``Parts`` with any other manifest, which is read at
            once.
        annotations: values by name; they are copied.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        What was given, with the annotations: an image, an index, or ``Parts``.

    Raises:
        TypeError: an argument has another type.
        JSONError: the manifest in the parts is not a JSON object.
        Error: the manifest in the parts already has annotations, which Go cannot change.

    Examples:
        >>> from pyggcr import empty
        >>> annotations(empty.image(), {"a": "b"}).manifest().annotations
        {'a': 'b'}
    """
    chosen = _engine_of(described, engine)
    if not all(isinstance(it, str) for pair in annotations.items() for it in pair):
        raise TypeError("annotations are strings by strings")
    return chosen.mutate.annotations(described=described, annotations=annotations)


@overload
def subject(
    described: v1.Image, subject: v1.Descriptor, *, engine: str | None = None
) -> v1.Image: ...
@overload
def subject(
    described: v1.ImageIndex, subject: v1.Descriptor, *, engine: str | None = None
) -> v1.ImageIndex: ...
@overload
def subject(described: Parts, subject: v1.Descriptor, *, engine: str | None = None) -> Parts: ...
def subject(
    described: v1.Image | v1.ImageIndex | Parts,
    subject: v1.Descriptor,
    *,
    engine: str | None = None,
) -> v1.Image | v1.ImageIndex | Parts:
    """Set the subject of an image or index, such as the image it signs (``mutate.Subject``).

    Call this last: every other function of this module drops the subject, as in Go.

    Args:
        described: an image or an index; or ``Parts`` with any other manifest, which is read at
            once.
        subject: the descriptor of the subject; it is copied.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        What was given, with the subject: an image, an index, or ``Parts``.

    Raises:
        TypeError: an argument has another type.
        JSONError: the manifest in the parts is not a JSON object.
        Error: the manifest in the parts has annotations, which Go cannot handle here.

    Examples:
        >>> from pyggcr import empty, partial
        >>> signed = empty.image()
        >>> signature = subject(empty.image(), partial.descriptor(signed))
        >>> signature.manifest().subject.digest == signed.digest()
        True
    """
    chosen = _engine_of(described, engine)
    _check(subject, v1.Descriptor)
    return chosen.mutate.subject(described=described, subject=subject)


def config_media_type(
    image: v1.Image, media_type: MediaType | str, *, engine: str | None = None
) -> v1.Image:
    """Change the media type of the config in the manifest (``mutate.ConfigMediaType``).

    The config file itself does not change, unless the new type makes it a container's config.

    Args:
        image: an image of either engine, or your own.
        media_type: the new media type; those of the manifest and the layers do not change.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty
        >>> config_media_type(empty.image(), "application/vnd.example").manifest().config.media_type
        'application/vnd.example'
    """
    _check(media_type, str)
    chosen = _engine(image, engine)
    return chosen.mutate.config_media_type(image=image, media_type=MediaType(media_type))


def index_media_type(
    index: v1.ImageIndex, media_type: MediaType | str, *, engine: str | None = None
) -> v1.ImageIndex:
    """Change the media type of an index, and nothing else (``mutate.IndexMediaType``).

    Args:
        index: an index of either engine, or your own.
        media_type: the new media type; those of the entries do not change.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new index.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> from pyggcr import empty, types
        >>> index_media_type(empty.index(), types.MediaType.DOCKER_MANIFEST_LIST).media_type()
        'application/vnd.docker.distribution.manifest.list.v2+json'
    """
    _check(media_type, str)
    chosen = _engine(index, engine, v1.ImageIndex)
    return chosen.mutate.index_media_type(index=index, media_type=MediaType(media_type))


def created_at(
    base: v1.Image, created: v1.Time | dt.datetime, *, engine: str | None = None
) -> v1.Image:
    """Change the creation time in the config file (``mutate.CreatedAt``).

    The history and the files in the layers keep their times; ``time`` changes all of them.

    Args:
        base: an image of either engine, or your own; its config file and manifest are read at once.
        created: a ``v1.Time``, or a ``datetime`` with a time zone.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        TypeError: an argument has another type.
        ValueError: the ``datetime`` has no time zone.
        Error: the base cannot be read; the subclass says why.

    Examples:
        >>> import datetime
        >>> from pyggcr import empty
        >>> noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
        >>> str(created_at(empty.image(), noon).config_file().created)
        '2024-02-29T12:00:00Z'
    """
    chosen = _engine(base, engine)
    return chosen.mutate.created_at(base=base, created=v1.to_time(created))


def rebase(
    original: v1.Image, old_base: v1.Image, new_base: v1.Image, *, engine: str | None = None
) -> v1.Image:
    """Move an image from one base to another (``mutate.Rebase``).

    The layers of the new base replace those of the old one. The platform comes from the new base,
    the ``config`` from the original. As in Go, everything else of the original is lost: media types
    (the result is a Docker image), annotations, author, variant and creation time. Without a
    history, the first layer above the old base is lost too.

    Args:
        original: an image that was built on the old base.
        old_base: the image that it was built on; its layers are the first layers of the original.
        new_base: the image to build on. All three images are read at once.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.

    Returns:
        A new image.

    Raises:
        TypeError: an argument has another type.
        Error: the original does not begin with the layers of the old base; or its history names
            more layers than there are; or an image cannot be read.

    Examples:
        >>> from pyggcr import empty
        >>> rebase(empty.image(), empty.image(), empty.image()).layers()
        []
    """
    for image in (original, old_base, new_base):
        _check(image, v1.Image)
    chosen = _engine(original, engine)
    return chosen.mutate.rebase(original=original, old_base=old_base, new_base=new_base)


def time(
    image: v1.Image,
    time: v1.Time | dt.datetime,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression: Compression | str = GZIP,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    compressed_caching: bool = False,
) -> v1.Image:
    """Set all times of an image: of its files, its history and the image itself (``mutate.Time``).

    The layers are rewritten at once, each held completely in memory. As in Go, the result is a
    Docker image, with gzip layers unless you choose otherwise. Annotations, authors, variant and OS
    features are lost, and so are layers whose places in the history are taken by empty entries.

    Args:
        image: an image of either engine, or your own.
        time: a ``v1.Time``, or a ``datetime`` with a time zone.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64``; default: that of the Go engine. Digests depend
            on it.
        compression: how the layers are compressed, ``gzip`` or ``zstd``; default ``gzip``.
        compression_level: as for ``tarball.layer_from_path``; default 1.
        media_type: the media type of the new layers; default that of Docker's gzip layers.
        compressed_caching: keep the compressed bytes in memory; default false.

    Returns:
        A new image.

    Raises:
        MismatchedLayersError: the history has fewer entries than there are layers; on the Go engine
            ``NativePanicError``, because Go panics.
        ArchiveError: a layer is not a tar.
        UnsupportedOptionError: the engine does not have this ``gzip_profile`` or level.
        TypeError: an argument has another type.
        ValueError: the ``datetime`` has no time zone.
        Error: the image cannot be read; the subclass says why.

    Examples:
        >>> import datetime
        >>> from pyggcr import empty
        >>> noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
        >>> str(time(empty.image(), noon).config_file().created)
        '2024-02-29T12:00:00Z'
    """
    from pyggcr.tarball import layer_options

    chosen = _engine(image, engine)
    algorithm, layer_type = layer_options(compression, media_type)
    return chosen.mutate.time(
        image=image,
        time=v1.to_time(time),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression=algorithm,
        compression_level=check_int64(compression_level),
        media_type=layer_type,
        compressed_caching=compressed_caching,
    )


def canonical(
    image: v1.Image,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression: Compression | str = GZIP,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    compressed_caching: bool = False,
) -> v1.Image:
    """Remove times and traces of the build machine from an image (``mutate.Canonical``).

    Like ``time`` with Go's zero time, which is 1970 in tar files. The host name, the container and
    the version of Docker are removed from the config file.

    Args:
        image: an image of either engine, or your own.
        engine: the engine that computes the result, ``go`` or ``python``; default: the engine of
            the first argument.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64``; default: that of the Go engine. Digests depend
            on it.
        compression: how the layers are compressed, ``gzip`` or ``zstd``; default ``gzip``.
        compression_level: as for ``tarball.layer_from_path``; default 1.
        media_type: the media type of the new layers; default that of Docker's gzip layers.
        compressed_caching: keep the compressed bytes in memory; default false.

    Returns:
        A new image.

    Raises:
        MismatchedLayersError: as for ``time``.
        UnsupportedOptionError: the engine does not have this ``gzip_profile`` or level.
        TypeError: an argument has another type.
        Error: the image cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import empty
        >>> str(canonical(empty.image()).config_file().created)
        '0001-01-01T00:00:00Z'
    """
    from pyggcr.tarball import layer_options

    chosen = _engine(image, engine)
    algorithm, layer_type = layer_options(compression, media_type)
    return chosen.mutate.canonical(
        image=image,
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression=algorithm,
        compression_level=check_int64(compression_level),
        media_type=layer_type,
        compressed_caching=compressed_caching,
    )


def _engine(base: v1.Image | v1.ImageIndex, engine: str | None, kind: type = v1.Image) -> "Engine":
    _check(base, kind)
    return select(engine or base.engine)


def _engine_of(described: v1.Image | v1.ImageIndex | Parts, engine: str | None) -> "Engine":
    if isinstance(described, Parts):
        return select(engine)
    if not isinstance(described, v1.Image | v1.ImageIndex):
        raise TypeError(
            f"expected an Image, an ImageIndex or Parts, not {type(described).__name__}"
        )
    return select(engine or described.engine)


def _check(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"expected a {kind.__name__}, not {type(value).__name__}")


def extract(image: v1.Image) -> io.RawIOBase:
    """Flatten the files of all layers into one tar (``mutate.Extract``).

    Entries that later layers delete or replace are left out, and so are links that lead out of the
    tar. The result is byte for byte the same as Go's.

    Args:
        image: any image; its layers are read while the stream is read.

    Returns:
        A stream that can be read once, and has to be closed. Reading it raises ``ArchiveError`` if
        a layer is not a tar or an entry would lead out of the tar, and whatever the layers raise.

    Examples:
        >>> from pyggcr import empty
        >>> with extract(empty.image()) as files:
        ...     files.read() == bytes(1024)
        True
    """
    from pyggcr._gostd.stream import IteratorStream
    from pyggcr._layers import flattening

    return IteratorStream(flattening.pieces(image))
