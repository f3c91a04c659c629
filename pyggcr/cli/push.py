"""``push``: an archive or an OCI layout into a registry, as ``crane push`` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyggcr.cli.options import (
    ImageChoice,
    as_json,
    daemon_option,
    gzip_profile_option,
    in_daemon,
    opened,
)
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer
from pyggcr.errors import ArchiveError

if TYPE_CHECKING:
    import contextlib

    from pyggcr import v1

__all__ = ["push"]

_REFERENCE_MODE = 0o600  # as crane has it


@click.command()
@click.argument("path", metavar="PATH")
@click.argument("image", metavar="IMAGE")
@click.option("--index", is_flag=True, help="Push all images of an OCI layout as one index.")
@click.option(
    "--image-refs",
    metavar="FILE",
    help="Write the reference of what was pushed to this file.",
)
@gzip_profile_option
@daemon_option
@registry_choice
@as_json
def push(
    path: str,
    image: str,
    index: bool,
    image_refs: str | None,
    gzip_profile: str | None,
    daemon: bool,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Push the archive, or the OCI layout, at PATH to a registry; print what it is called there.

    With --daemon, PATH is an image of the Docker engine.
    """
    from pyggcr import authn, name, remote

    options = choice.options()
    options.setdefault("keychain", authn.DEFAULT_KEYCHAIN)
    reference = name.parse_reference(image, insecure=choice.insecure)
    origin = ImageChoice(in_daemon(path) if daemon else path, None, choice.engine, gzip_profile)
    with _load(origin, index) as source, transfer(f"pushing {image}"):
        remote.push(reference, source, **options)
        pushed = reference.context().digest(str(source.digest()))
    if image_refs is not None:
        _write_reference(image_refs, str(pushed))
    if as_json:
        digest = pushed.digest_str()
        write_json({"path": path, "image": image, "digest": digest, "reference": str(pushed)})
    else:
        write_line(str(pushed))


def _write_reference(path: str, reference: str) -> None:
    from pyggcr._os.atomic_write import writable

    with writable(path, mode=_REFERENCE_MODE) as file:
        file.write(reference.encode())


def _load(
    choice: ImageChoice, index: bool
) -> contextlib.AbstractContextManager[v1.Image | v1.ImageIndex]:
    if choice.is_location():
        if index:
            raise click.UsageError("--index is for the path of an OCI layout.")
        return opened(choice)
    if not Path(choice.path).is_dir():
        from pyggcr import tarball

        return tarball.image_from_path(
            choice.path, engine=choice.engine, gzip_profile=choice.gzip_profile
        )
    from pyggcr import layout

    whole = layout.image_index_from_path(choice.path)
    if index:
        return whole
    entries = whole.index_manifest().manifests or []
    if len(entries) != 1:
        raise ArchiveError(f"layout contains {len(entries)} entries, consider --index")
    (entry,) = entries
    if entry.media_type.is_image():
        return whole.image(entry.digest)
    if entry.media_type.is_index():
        return whole.image_index(entry.digest)
    raise ArchiveError(
        f'layout contains non-image (mediaType: "{entry.media_type}"), consider --index'
    )
