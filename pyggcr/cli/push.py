"""``push``: an archive or an OCI layout into a registry, as ``crane push`` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyggcr.cli.options import as_json, gzip_profile_option
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.registry_options import RegistryChoice, registry_choice, transfer
from pyggcr.errors import ArchiveError

if TYPE_CHECKING:
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
@registry_choice
@as_json
def push(
    path: str,
    image: str,
    index: bool,
    image_refs: str | None,
    gzip_profile: str | None,
    as_json: bool,
    choice: RegistryChoice,
) -> None:
    """Push the archive, or the OCI layout, at PATH to a registry; print what it is called there."""
    from pyggcr import authn, name, remote

    options = choice.options()
    options["keychain"] = authn.DEFAULT_KEYCHAIN
    reference = name.parse_reference(image, insecure=choice.insecure)
    with _load(path, index, choice.engine, gzip_profile) as source, transfer(f"pushing {image}"):
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
    from pyggcr.new_file import writable

    with writable(path, mode=_REFERENCE_MODE) as file:
        file.write(reference.encode())


def _load(
    path: str, index: bool, engine: str | None, gzip_profile: str | None
) -> v1.Image | v1.ImageIndex:
    from pyggcr import layout, tarball

    if not Path(path).is_dir():
        return tarball.image_from_path(path, engine=engine, gzip_profile=gzip_profile)
    whole = layout.image_index_from_path(path)
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
