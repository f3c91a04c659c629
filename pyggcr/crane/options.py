"""Options of pkg/crane: those of ``pyggcr.remote``, with other credentials by default."""

from __future__ import annotations

from pyggcr import name
from pyggcr._gostd.strconv import quote
from pyggcr.authn import DEFAULT_KEYCHAIN
from pyggcr.crane.wrapping import wrapped
from pyggcr.remote.options import Options

__all__ = ["parsed_reference", "parsed_repository", "with_keychain"]


def with_keychain(options: Options) -> Options:
    """Add Docker's and Podman's stored credentials to options that name none."""
    if options.get("auth") is None and options.get("keychain") is None:
        return {**options, "keychain": DEFAULT_KEYCHAIN}
    return options


def parsed_reference(reference: str, options: Options) -> name.Reference:
    """Parse a reference.

    Raises:
        InvalidReferenceError: it is none; the text names it, as that of crane does.
    """
    with wrapped(f"parsing reference {quote(reference)}"):
        return name.parse_reference(reference, insecure=options.get("insecure", False))


def parsed_repository(repository: str, options: Options) -> name.Repository:
    """Parse a repository.

    Raises:
        InvalidReferenceError: as for ``parsed_reference``.
    """
    with wrapped(f"parsing repo {quote(repository)}"):
        return name.new_repository(repository, insecure=options.get("insecure", False))
