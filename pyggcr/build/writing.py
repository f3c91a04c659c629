"""``write``: an image or an index into a registry, an archive, a layout or a daemon."""

from __future__ import annotations

import os

from pyggcr import name
from pyggcr.errors import BuildError, UnsupportedOptionError
from pyggcr.limits import check_known
from pyggcr.store.transports import Location, parse_location
from pyggcr.store.writing import write_contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr import v1
    from pyggcr._values.remote import Options

__all__ = ["write"]


def write(
    content: v1.Image | v1.ImageIndex,
    location: str | os.PathLike[str],
    *,
    tag: str | None = None,
    **options: Unpack[Options],
) -> None:
    """Write an image or an index to a location.

    Args:
        content: what to write.
        location: ``docker://REFERENCE`` for a registry, ``docker-archive:PATH`` for an archive of
            ``docker save``, ``oci:FOLDER`` and ``oci-archive:PATH`` for an OCI layout,
            ``dir:FOLDER`` for a folder of skopeo, ``docker-daemon:NAME`` for the Docker daemon. A
            path alone is a layout if it is a folder or ends with a slash, and otherwise an archive.
        tag: the name of the image in an archive or a layout; it may also follow the path after a
            colon. Default: no name.
        options: for a registry, those of ``pyggcr.remote.push``, with the credentials of Docker and
            Podman by default; for a daemon only ``engine``.

    Raises:
        BuildError: the location cannot hold an index, or takes no tag.
        UnsupportedOptionError: there is no such transport, or an option does not apply to it.
        TypeError: an option is unknown.
        InvalidReferenceError: the tag is malformed.
        FileAccessError: the file or folder cannot be written; a file that was there before is
            unchanged.
        TransportError: the registry refused a request, or could not be reached.
        DaemonError: the daemon refused a request, or could not be reached.
        Error: the content cannot be read; the subclass says why.

    Examples:
        >>> import tempfile
        >>> from pyggcr import build, layout
        >>> app = build.image(layers=[build.layer({"/hello": "hello"})])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     build.write(app, f"oci:{folder}/app", tag="app:1")
        ...     written = layout.image_index_from_path(f"{folder}/app").index_manifest()
        >>> written.manifests[0].digest == app.digest()
        True
    """
    where = _located(location)
    _check_arguments(where, location, tag, options)
    if where.transport == "docker":
        from pyggcr import remote
        from pyggcr.crane.options import with_keychain

        reference = name.parse_reference(where.name, insecure=options.get("insecure", False))
        remote.push(reference, content, **with_keychain(options))
        return
    write_contents(
        [(content, (tag,) if tag else ())],
        where,
        shown=os.fspath(location),
        engine=options.get("engine"),
    )


def _check_arguments(where: Location, location: object, tag: str | None, options: Options) -> None:
    """Refuse what the location would ignore."""
    if options:
        from pyggcr._values.remote import Options as Known

        check_known(options, Known.__annotations__)
    names_itself = where.transport in ("docker", "docker-daemon", "dir")
    if tag is not None and (names_itself or where.reference):
        raise BuildError(f"{location} names the image already, so it is not called {tag}")
    taken = {"docker": set(options), "docker-daemon": {"engine"}}.get(where.transport, set())
    if extra := set(options) - taken:
        raise UnsupportedOptionError(f"{location} takes no {', '.join(sorted(extra))}")


def _located(location: str | os.PathLike[str]) -> Location:
    text = os.fspath(location)
    if not text:
        raise BuildError("no location is named")
    found = parse_location(text) if isinstance(location, str) else None
    return found or Location("path", text)
