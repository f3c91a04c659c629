"""An image of a daemon: ``image`` of pkg/v1/daemon/image.go.

The daemon tells its ID and config; all else is read from the archive that the daemon sends, when
it is first asked for.
"""

from __future__ import annotations

import contextlib
import copy
import threading

from pyggcr import v1
from pyggcr._layers.closing import Closing
from pyggcr._python.daemon.archive_buffer import archive_buffer, lock_held
from pyggcr._python.daemon.config import config_file
from pyggcr._python.tarball.sources import image_from_source
from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr import name
    from pyggcr._python.daemon.client import Client
    from pyggcr._values.daemon import DaemonOptions
    from pyggcr.types import MediaType

__all__ = ["DaemonImage"]


class DaemonImage(Closing, v1.Image):
    """An image by its name; threads may share it."""

    _kind = "image"

    def __init__(
        self, reference: name.Reference, client: Client, options: DaemonOptions, gzip_profile: str
    ) -> None:
        """Ask for the ID, so that an image that does not exist is an error at once.

        Raises:
            DaemonImageNotFoundError: the daemon has no such image.
            DaemonError: it does not say.
            InvalidHashError: what it says is no ID.
        """
        self._reference = reference
        self._client = client
        self._gzip_profile = gzip_profile
        self._id = v1.new_hash(client.inspect(str(reference)).id)
        self._archive = archive_buffer(options, lambda: client.save([reference.name()]))
        self._count = threading.Lock()
        self._calls = 0
        self._lock = threading.Lock()
        self._image: v1.Image | None = None
        self._failure: Error | None = None
        self._config_file: v1.ConfigFile | None = None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[v1.Image]:
        """The image in the archive, which is there until the block ends.

        What is wrong with the archive stays wrong, as in Go.
        """
        with self._count:
            self._use()
            self._calls += 1
        try:
            yield self._open()
        finally:
            with self._count:
                self._calls -= 1
                self._let_go()

    def _open(self) -> v1.Image:
        with lock_held(self._lock):
            if self._failure is not None:
                raise copy.copy(self._failure)
            if self._image is None:
                try:
                    self._image = image_from_source(
                        self._archive, None, gzip_profile=self._gzip_profile
                    )
                except CancelledError:
                    raise
                except Error as error:
                    self._failure = copy.copy(error)
                    raise
            return self._image

    def _let_go(self) -> None:
        """Give the archive up once the image is closed and no call of it is left."""
        if self._closed and not self._calls:
            self._archive.close()

    def layers(self) -> list[v1.Layer]:
        """The layers of the archive."""
        with self._opened() as image:
            return image.layers()

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        with self._opened() as image:
            return image.media_type()

    def size(self) -> int:
        """Size of the manifest in bytes."""
        with self._opened() as image:
            return image.size()

    def config_name(self) -> v1.Hash:
        """The ID that the daemon told."""
        self._use()
        return self._id

    def config_file(self) -> v1.ConfigFile:
        """The config, put together from what the daemon tells."""
        self._use()
        if self._config_file is None:
            name = str(self._reference)
            inspected = self._client.inspect(name)
            self._config_file = config_file(inspected, lambda: self._client.history(name))
        return copy.deepcopy(self._config_file)

    def raw_config_file(self) -> bytes:
        """The bytes of the config in the archive."""
        with self._opened() as image:
            return image.raw_config_file()

    def digest(self) -> v1.Hash:
        """SHA-256 of the manifest."""
        with self._opened() as image:
            return image.digest()

    def manifest(self) -> v1.Manifest:
        """The manifest of the archive's image."""
        with self._opened() as image:
            return image.manifest()

    def raw_manifest(self) -> bytes:
        """Its bytes."""
        with self._opened() as image:
            return image.raw_manifest()

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer whose blob has this digest."""
        with self._opened() as image:
            return image.layer_by_digest(digest)

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID."""
        with self._opened() as image:
            return image.layer_by_diff_id(diff_id)

    def close(self) -> None:
        """Let go of the archive; streams that are open, and calls, go on. Idempotent."""
        with self._count:
            super().close()
            self._let_go()
