"""``flatten``: one layer of all layers of an image, as ``crane flatten`` makes it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_warning
from pyggcr.cli.progress import byte_progress, reading_total
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.sources import Source, source_options
from pyggcr.cli.targets import Target, output_option, tag_option, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["flatten"]

_EPOCH = "SOURCE_DATE_EPOCH"


@reader.command()
@reader.argument("image", metavar="ARCHIVE|LAYOUT|IMAGE|-")
@tag_option
@output_option
@source_options
@registry_choice
@as_json
def flatten(
    image: str,
    tag: str | None,
    output: str | None,
    source_tag: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Merge all layers of an image, or of each image of an index, into one of gzip level 9.

    The old history becomes a comment. The result is pushed, and replaces the image unless --tag
    says otherwise, or written to a file. Prints what was pushed. SOURCE_DATE_EPOCH, in seconds,
    is the time of the result; the default is now.
    """
    from pyggcr.crane.flattening import Flattening

    source = Source(image, choice, source_tag, gzip_profile)
    with source.contents() as content:
        target = target_of(source, content, choice=choice, tag=tag, output=output)
        with _storing(target) as store:
            flattening = Flattening(
                store,
                command="pyggcr",
                engine=choice.engine,
                created=_created(),
                log=write_warning,
            )
            with byte_progress(f"flattening {image}", reading_total(source, content)):
                flat = flattening.flattened(content)
            target.write(flat, as_json=as_json)


def _created() -> int | None:
    text = os.environ.get(_EPOCH)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise reader.UsageError(f"{_EPOCH} is a number of seconds, not {text}.") from None


@contextlib.contextmanager
def _storing(target: Target) -> Iterator[Callable[[v1.Layer], v1.Layer]]:
    """How the layer is kept: sent to the registry at once, or in a temporary file."""
    with contextlib.ExitStack() as stack:

        def sent(layer: v1.Layer) -> v1.Layer:
            from pyggcr import crane, name

            text = target.location.name
            reference = name.parse_reference(text, insecure=target.choice.insecure)
            crane.upload(layer, str(reference.context()), **target.choice.options())
            return layer

        def stored(layer: v1.Layer) -> v1.Layer:
            from pyggcr.crane.stored_layer import StoredLayer

            return stack.enter_context(StoredLayer(layer))

        yield sent if target.is_registry else stored
