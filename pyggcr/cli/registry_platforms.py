"""The platforms of an index in a registry, for errors of commands that need one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pyggcr.cli.group import HintedError
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.registry_options import RegistryChoice

__all__ = ["naming_platforms", "platforms_at"]

# What the library says where an index has no image for a platform, or no platform was given.
_MISSING = ("no child with platform", "choose a platform")


def platforms_at(reference: str, choice: RegistryChoice) -> str:
    """The platforms that an index lists, with commas between them.

    Args:
        reference: of the index.
        choice: how to talk to the registry; its platform does not matter.
    """
    from pyggcr import crane, v1

    options = choice.options()
    options.pop("platform", None)
    entries = v1.parse_index_manifest(crane.get(reference, **options).manifest).manifests or ()
    return ", ".join(str(it.platform) for it in entries if it.platform is not None) or "none"


@contextlib.contextmanager
def naming_platforms(reference: str, choice: RegistryChoice) -> Iterator[None]:
    """Add the platforms that are there to an error that one is missing."""
    try:
        yield
    except Error as error:
        if not any(text in error.message for text in _MISSING):
            raise
        there = platforms_at(reference, choice)
        raise HintedError(error.message, hint=f"there are {there}; --platform chooses") from error
