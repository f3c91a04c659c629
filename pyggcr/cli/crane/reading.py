"""Verbs that print what a registry has: blob, catalog, config, digest, ls, manifest."""

from __future__ import annotations

import posixpath

from pyggcr.cli.crane import cobra, streams
from pyggcr.cli.crane.session import failing, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["blob", "catalog", "config", "digest", "list_tags", "manifest"]

_READ_SIZE = 1 << 20
_OF_DIGESTS = "sha256-"  # how tags begin that stand for digests


def blob(session: Session) -> None:
    """``crane blob BLOB``."""
    from pyggcr import name, remote

    (source,) = session.arguments
    with failing(f"pulling layer {source}"):
        digest = name.new_digest(source, insecure=session.insecure)
        layer = remote.layer(digest, **session.options())
    with layer:
        with failing(f"fetching blob {source}"):
            stream = layer.compressed()
        with stream, failing(f"copying blob {source}"):
            while piece := stream.read(_READ_SIZE):
                session.write(piece)


def catalog(session: Session) -> None:
    """``crane catalog REGISTRY``."""
    from pyggcr import name, remote

    (source,) = session.arguments
    with failing(f"parsing reg {quoted(source)}"):
        registry = name.new_registry(source, insecure=session.insecure)
    with failing(f"reading tags for {registry}"):
        found = remote.catalog(registry, **session.options())
    for repository in found:
        shown = posixpath.normpath(f"{source}/{repository}") if session.flag("full-ref") else None
        session.write(f"{shown or repository}\n")


def config(session: Session) -> None:
    """``crane config IMAGE``."""
    from pyggcr import remote

    with failing("fetching config"):
        reference = session.parsed(session.arguments[0])
        with failing(f"reading image {quoted(reference)}"):
            image = remote.image(reference, **session.options())
        with image:
            session.write(image.raw_config_file())


def digest(session: Session) -> None:
    """``crane digest IMAGE``, or ``--tarball``."""
    archive, full = session.flag("tarball"), session.flag("full-ref")
    if not archive and not session.arguments:
        session.write(cobra.help_text(session.command))
        raise cobra.CommandError("image reference required without --tarball")
    if full and archive:
        raise cobra.CommandError("cannot specify --full-ref with --tarball")
    found = _archive_digest(session, archive) if archive else _digest(session)
    if full:
        from pyggcr import name

        found = str(name.parse_reference(session.arguments[0]).context().digest(found))
    session.write(f"{found}\n")


def _digest(session: Session) -> str:
    from pyggcr import remote
    from pyggcr.errors import Error

    (source,) = session.arguments
    options = session.options()
    if session.platform is not None:
        found = remote.get(session.parsed(source), **options)
        if not found.descriptor.media_type.is_index():
            return str(found.descriptor.digest)
        with found.image() as image:
            return str(image.digest())
    try:
        return str(remote.head(session.reference(source), **options).digest)
    except Error as error:
        streams.log(f"HEAD request failed, falling back on GET: {error}")
        return str(remote.get(session.parsed(source), **options).descriptor.digest)


def _archive_digest(session: Session, path: str) -> str:
    from pyggcr import name, tarball

    tag = session.arguments[0] if session.arguments else ""
    with failing(f"loading image from {quoted(path)}"):
        chosen = None
        if tag:
            with failing(f"parsing tag {quoted(tag)}"):
                chosen = name.new_tag(tag, insecure=session.insecure)
        image = tarball.image_from_path(path, chosen)
    with image, failing("computing digest"):
        return str(image.digest())


def list_tags(session: Session) -> None:
    """``crane ls REPO``."""
    from pyggcr import name, remote

    (source,) = session.arguments
    with failing(f"parsing repo {quoted(source)}"):
        repository = name.new_repository(source, insecure=session.insecure)
    with failing(f"reading tags for {repository}"):
        tags = remote.list_tags(repository, **session.options())
    for tag in tags:
        if session.flag("omit-digest-tags") and tag.startswith(_OF_DIGESTS):
            continue
        session.write(f"{repository}:{tag}\n" if session.flag("full-ref") else f"{tag}\n")


def manifest(session: Session) -> None:
    """``crane manifest IMAGE``."""
    from pyggcr import remote

    (source,) = session.arguments
    with failing(f"fetching manifest {source}"):
        found = remote.get(session.parsed(source), **session.options())
        if session.platform is None:
            raw = found.manifest
        else:
            with found.image() as image:
                raw = image.raw_manifest()
    session.write(raw)
