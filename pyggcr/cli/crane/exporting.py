"""``crane export IMAGE|- TARBALL|-``: the files of an image as one tar."""

from __future__ import annotations

import contextlib
import io
import sys

from pyggcr.cli.crane.session import failing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, cast

    from pyggcr import v1
    from pyggcr._os.atomic_write import Writable
    from pyggcr.cli.crane.session import Session
else:
    from pyggcr._typing import BinaryIO, cast

__all__ = ["export"]

_STANDARD = "-"


def export(session: Session) -> None:
    """``crane export``."""
    from pyggcr import crane

    source, *rest = session.arguments
    target = rest[0] if rest else _STANDARD
    with _image(session, source) as image, _opened(target) as file:
        crane.export(image, cast(BinaryIO, file))


@contextlib.contextmanager
def _opened(target: str) -> Iterator[Writable]:
    from pyggcr._os.atomic_write import writable
    from pyggcr.cli.signals import exit_on_signals

    if target == _STANDARD:
        yield sys.stdout.buffer
        return
    with exit_on_signals(), contextlib.ExitStack() as held:
        with failing(f"failed to open {target}"):
            file = held.enter_context(writable(target))
        yield file


def _image(session: Session, source: str) -> v1.Image:
    from pyggcr import remote, tarball

    if source == _STANDARD:
        content = sys.stdin.buffer.read()
        with failing("reading tarball from stdin"):
            return tarball.image(lambda: io.BytesIO(content))
    with failing(f"pulling {source}"):
        found = remote.get(session.parsed(source), **session.options())
    with failing(f"pulling Image {source}"):
        return found.image()
