"""Images and indexes made of other ones: pkg/v1/mutate.

Nothing is read before the new image is asked for something, except where a function says so. What
is new is an image or index like any other; the base stays as it is, and must stay usable.
Both engines do what Go does, its faults included (docs/upstream-findings.md).
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
    """Add layers, and what is said of them, on top of an image (``mutate.Append``).

    An image whose config is not a container's keeps its config file as it is.

    Args:
        base: an image of either engine, or of your own.
        adds: what to add, lowest layer first; without any, the base itself is returned.
        engine: the engine that computes the new image; ``None`` for that of ``base``.

    Returns:
        A new image; the base stays as it is, and must stay usable.

    Raises:
        Error: an addendum has neither a layer nor an empty layer's history.
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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

    Each layer gets an empty entry in the history. An image whose config is not a container's keeps
    its config file as it is.

    Args:
        base: an image of either engine, or of your own.
        layers: layers of any origin, lowest first; without any, the base itself is returned.
        engine: the engine that computes the new image; ``None`` for that of ``base``.

    Returns:
        A new image; the base stays as it is, and must stay usable.

    Raises:
        TypeError: a layer or the base is something else.
        EngineUnavailableError: the engine is not there.

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
        base: an index of either engine, or of your own.
        adds: what to add, as it is or as an ``IndexAddendum`` that says more of it.
        engine: as for ``append``.

    Returns:
        A new index. What was added can be had from it (``image``, ``image_index``, ``layer``) once
        the index was asked for something else.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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

    If nothing remains, the manifest says ``"manifests":null``, as in Go.

    Args:
        base: an index of either engine, or of your own.
        matcher: one of ``pyggcr.match``, or any function of a descriptor. It is called for each
            entry when the new index is first asked for something; what it raises then is raised.
        engine: as for ``append``.

    Returns:
        A new index.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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
    """Replace how an image is run: command, environment, user … (``mutate.Config``).

    Args:
        base: an image of either engine, or of your own; its config file is read now.
        config: the new ``config`` of the config file. It is copied.
        engine: as for ``append``.

    Returns:
        A new image. Its config file is written anew, so fields that go-containerregistry does not
        know are lost.

    Raises:
        TypeError: an argument is of another type.
        Error: whatever the base raises.

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

    Go keeps the caller's config file and changes with it; here it is copied.

    Args:
        base: an image of either engine, or of your own; its manifest is read now.
        config_file: the new config file.
        engine: as for ``append``.

    Returns:
        A new image with the layers of the base.

    Raises:
        TypeError: an argument is of another type.
        Error: whatever the base raises.

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
        image: an image of either engine, or of your own.
        media_type: the new media type. Layers and config keep theirs.
        engine: as for ``append``.

    Returns:
        A new image.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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

    They are merged into those that are there; none can be removed.

    Args:
        described: an image or an index, or ``Parts`` with any other manifest, which is read now.
        annotations: they are copied.
        engine: as for ``append``.

    Returns:
        What was given, changed: an image, an index, or ``Parts``.

    Raises:
        TypeError: an argument is of another type.
        JSONError: the manifest of the parts is no JSON object.
        Error: the manifest of the parts has annotations already, which Go cannot change.

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
    """Say what an image or an index is about, such as the image that it signs (``mutate.Subject``).

    Do this last: every other function of this module drops the subject, as in Go.

    Args:
        described: an image or an index, or ``Parts`` with any other manifest, which is read now.
        subject: a descriptor of what it is about. It is copied.
        engine: as for ``append``.

    Returns:
        What was given, changed: an image, an index, or ``Parts``.

    Raises:
        TypeError: an argument is of another type.
        JSONError: the manifest of the parts is no JSON object.
        Error: the manifest of the parts has annotations, with which Go cannot deal.

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

    The config file itself stays as it is, unless the type makes a container's config of it.

    Args:
        image: an image of either engine, or of your own.
        media_type: the new media type. The manifest and the layers keep theirs.
        engine: as for ``append``.

    Returns:
        A new image.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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
        index: an index of either engine, or of your own.
        media_type: the new media type. The entries keep theirs.
        engine: as for ``append``.

    Returns:
        A new index.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

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
    """Change when an image was made, as its config file says (``mutate.CreatedAt``).

    Args:
        base: an image of either engine, or of your own; its config file and manifest are read now.
        created: a ``v1.Time``, or a ``datetime`` with a time zone.
        engine: as for ``append``.

    Returns:
        A new image. The history and the files of its layers keep their times; see ``time``.

    Raises:
        TypeError: an argument is of another type.
        ValueError: the ``datetime`` has no time zone.
        Error: whatever the base raises.

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
    """Put an image on another base (``mutate.Rebase``).

    The layers of the new base take the place of those of the old one. The platform comes from the
    new base, the ``config`` from the original. As in Go, everything else of the original is lost:
    media types (the result is a Docker image), annotations, author, variant, and the time it was
    made; and without a history the first layer above the old base is lost too.

    Args:
        original: an image that was built on the old base.
        old_base: the image that it was built on; its layers are the original's first ones.
        new_base: the image to build on. All three are read now.
        engine: as for ``append``, of ``original``.

    Returns:
        A new image.

    Raises:
        TypeError: an argument is of another type.
        Error: the original does not begin with the layers of the old base; or its history names
            more layers than there are.

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
    """Set all times of an image: of its files, its history and itself (``mutate.Time``).

    The layers are written anew, now, each held whole in memory. As in Go the result is a Docker
    image, with gzip layers unless you say otherwise; annotations, authors, variant and features of
    the operating system are lost; and layers are lost if empty entries of the history take their
    places.

    Args:
        image: an image of either engine, or of your own.
        time: a ``v1.Time``, or a ``datetime`` with a time zone.
        engine: as for ``append``.
        gzip_profile, compression, compression_level, media_type, compressed_caching: how the
            layers are compressed, as for ``tarball.layer_from_path``.

    Returns:
        A new image.

    Raises:
        MismatchedLayersError: the history has fewer entries than there are layers; on the Go
            engine ``NativePanicError``, as Go panics.
        ArchiveError: a layer is no tar.
        TypeError: an argument is of another type.
        ValueError: the ``datetime`` has no time zone.
        Error: whatever the image raises.

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
    """Remove times and the names of the machine from an image (``mutate.Canonical``).

    Like ``time`` with Go's zero time, which tar files have as 1970. Host name, container and
    version of Docker are removed from the config file.

    Args:
        image: an image of either engine, or of your own.
        engine, gzip_profile, compression, compression_level, media_type, compressed_caching: as
            for ``time``.

    Returns:
        A new image.

    Raises:
        MismatchedLayersError: as for ``time``.
        TypeError: an argument is of another type.
        Error: whatever the image raises.

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
    tar. The tar is byte for byte Go's.

    Args:
        image: any image; its layers are read while the stream is.

    Returns:
        A stream to be read once and closed. Reading it raises ``ArchiveError`` where a layer is no
        tar or an entry would lead out of the tar, and what the layers raise.
    """
    from pyggcr._gostd.stream import IteratorStream
    from pyggcr._layers import flattening

    return IteratorStream(flattening.pieces(image))
