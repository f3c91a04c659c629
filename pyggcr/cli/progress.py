"""Progress of work that may last: one line on standard error, drawn anew in its place.

It is shown if standard error is a terminal that can do so, no requests are shown there, and the
work lasts longer than half a second; a process in the background draws nothing. It goes away at the
end, however that comes. What others write to standard error meanwhile stands above it.

Every command imports this, so ``progress_line`` and ``totals`` are loaded only where progress is
shown.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator

from pyggcr.cli import screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.sources import Content, Source

__all__ = [
    "blob_total",
    "byte_progress",
    "file_total",
    "item_progress",
    "layer_total",
    "paused",
    "read_layers",
    "reading_total",
]


@contextlib.contextmanager
def byte_progress(
    title: str, total: int | None = None, *, sent: bool = False, piped: bool = False
) -> Iterator[None]:
    """Show how many bytes were read, each counted once, of how many if that is known.

    Args:
        title: a verb and what it is done to.
        total: bytes in all.
        sent: whether to count what is sent to a registry or a daemon, not what is read.
        piped: whether the work writes to standard output; on a terminal nothing is shown then.
    """
    if not _is_wanted() or (piped and sys.stdout.isatty()):
        yield
        return
    from pyggcr import limits
    from pyggcr.cli.progress_line import Line, byte_amount, shown

    with (
        shown(Line(title, total, byte_amount)) as line,
        limits.limit(progress=lambda it: line.set(it.bytes_sent if sent else it.bytes_read)),
    ):
        yield


@contextlib.contextmanager
def item_progress(title: str, total: int | None) -> Iterator[Callable[[int, str], None]]:
    """Show how many things are done, of how many if that is known.

    Gives a function that takes how many are, and a few words to show beside that.
    """
    if not _is_wanted():
        yield lambda _done, _note: None
        return
    from pyggcr.cli.progress_line import Line, item_amount, shown

    with shown(Line(title, total, item_amount)) as line:
        yield line.set


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Show nothing meanwhile: somebody else has the terminal, an editor say."""
    with contextlib.ExitStack() as stack:
        if _is_wanted():
            from pyggcr.cli.progress_line import painters

            for painter in painters:
                stack.enter_context(painter.paused())
        yield


def reading_total(source: Source, content: Content) -> int | None:
    """How many bytes are read of an image or an index that is read once; ``None``: nobody knows."""
    if not _is_wanted():
        return None
    from pyggcr.cli import totals

    return totals.reading_total(source, content)


def blob_total(content: Content) -> int | None:
    """Bytes in the blobs of an image; ``None`` if nobody knows yet, and for an index."""
    if not _is_wanted():
        return None
    from pyggcr.cli import totals

    return totals.blob_total(content)


def layer_total(images: Iterable[v1.Image]) -> int | None:
    """Bytes in the layers of images in registries, each of which is fetched once."""
    if not _is_wanted():
        return None
    from pyggcr.cli import totals

    return totals.layer_total(images)


def file_total(*paths: str) -> int | None:
    """Bytes in files; ``None`` if one of them is none."""
    if not _is_wanted():
        return None
    from pyggcr.cli import totals

    return totals.file_total(*paths)


def read_layers(content: Content, total: int | None) -> None:
    """Let an image find out its digests, where that means to read its layers.

    What follows then knows how much there is to write. Python compresses layers when they are
    written, and finds out on the way.
    """
    if not _is_wanted():
        return
    from pyggcr.cli.totals import is_open
    from pyggcr.errors import StreamNotComputedError

    if not is_open(content):
        with byte_progress("reading layers", total), contextlib.suppress(StreamNotComputedError):
            content.digest()


def _is_wanted() -> bool:
    if not screen.can_redraw(sys.stderr):
        return False
    from pyggcr._os import request_log

    return not request_log.enabled()
