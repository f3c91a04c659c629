"""``tag`` and ``delete``: names in a registry, as crane gives them and takes them away."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.registry_options import RegistryChoice, registry_choice_without_platform
from pyggcr.store.transports import without_transport

__all__ = ["delete", "tag"]


@reader.command()
@reader.argument("image", metavar="IMAGE")
@reader.argument("tag", metavar="TAG")
@registry_choice_without_platform
def tag(image: str, tag: str, choice: RegistryChoice) -> None:
    """Add a tag to an image in its repository, without uploading blobs."""
    from pyggcr import crane

    crane.tag(without_transport(image), tag, **choice.options())


@reader.command()
@reader.argument("image", metavar="IMAGE")
@registry_choice_without_platform
def delete(image: str, choice: RegistryChoice) -> None:
    """Delete a manifest, or a tag if the registry supports that."""
    from pyggcr import crane

    crane.delete(without_transport(image), **choice.options())
