"""``convert``: other media types, other compression, the same image."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from pyggcr.cli import reader
from pyggcr.cli.contents import Contents, contents_options
from pyggcr.cli.options import layer_cache_option
from pyggcr.cli.output import write_note
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._layers.blob_layer import Compression
    from pyggcr.build.media import FamilyName

__all__ = ["convert"]


@reader.command()
@layer_cache_option
@reader.argument("image", metavar="ARCHIVE|IMAGE")
@reader.option(
    "--to",
    type=reader.Choice(["oci", "docker"]),
    default="oci",
    show_default=True,
    help="Media types of the manifest, the config and the layers",
)
@reader.option(
    "--compression",
    type=reader.Choice(["gzip", "zstd", "none"]),
    help="Recompress layers that have another compression",
)
@reader.option("--level", type=int, metavar="N", help="Recompress all layers at this level")
@contents_options
def convert(
    image: str,
    to: FamilyName,
    compression: Compression | None,
    level: int | None,
    contents: Contents,
) -> None:
    """Convert an image, or an index with all its images, to other media types or compression.

    The config stays as it is, so the image ID and the DiffIDs do not change.
    """
    from pyggcr import convert as conversion
    from pyggcr import v1

    with contents.given(image) as source, _warnings_shown():
        chosen = _only(source, contents.platforms)
        total = reading_total(Source(image, contents.choice), chosen)
        converted: v1.Image | v1.ImageIndex
        with byte_progress(f"converting {image}", total):
            if isinstance(chosen, v1.Image):
                converted = conversion.image(chosen, to, compression=compression, level=level)
            else:
                converted = conversion.index(
                    chosen,
                    to,
                    compression=compression,
                    level=level,
                    platforms=contents.platforms or None,
                )
        with converted:
            contents.deliver(converted, compression)


def _only(source: v1.Image | v1.ImageIndex, platforms: tuple[str, ...]) -> v1.Image | v1.ImageIndex:
    """The image for the platform, if one was asked for; else the source."""
    from pyggcr import v1
    from pyggcr.errors import ImageNotFoundError

    if isinstance(source, v1.Image):
        own = source.config_file().platform()
        for platform in platforms:
            if own is None or not own.satisfies(v1.parse_platform(platform)):
                raise ImageNotFoundError(f"the image is for {own or 'no platform'}, not {platform}")
    elif len(platforms) == 1:
        wanted = v1.parse_platform(platforms[0])
        for entry in source.index_manifest().manifests or ():
            if entry.media_type.is_image() and entry.platform and entry.platform.satisfies(wanted):
                return source.image(entry.digest)
    return source


@contextmanager
def _warnings_shown() -> Iterator[None]:
    """Print what is left out on standard error, once each."""
    from pyggcr.convert import ConversionWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConversionWarning)
        yield
    for text in dict.fromkeys(str(it.message) for it in caught):
        write_note(f"pyggcr: warning: {text}")
