"""The options of pkg/crane: those of ``pyggcr.remote``, with other default credentials."""

from __future__ import annotations

from pyggcr import name
from pyggcr._gostd.strconv import quote
from pyggcr.authn import DEFAULT_KEYCHAIN
from pyggcr.crane.wrapping import wrapped
from pyggcr.remote.options import Options

__all__ = ["parsed_reference", "parsed_repository", "with_keychain"]


def with_keychain(options: Options) -> Options:
    """Add the credentials of Docker and Podman to options without credentials.

    Args:
        options: the options.

    Returns:
        The options with a keychain.
    """
    if options.get("auth") is None and options.get("keychain") is None:
        return {**options, "keychain": DEFAULT_KEYCHAIN}
    return options


def parsed_reference(reference: str, options: Options) -> name.Reference:
    """Parse a reference, with crane's error message.

    Args:
        reference: the text.
        options: the options, of which ``insecure`` matters.

    Returns:
        The reference.

    Raises:
        InvalidReferenceError: the text is not a reference.
    """
    with wrapped(f"parsing reference {quote(reference)}"):
        return name.parse_reference(reference, insecure=options.get("insecure", False))


def parsed_repository(repository: str, options: Options) -> name.Repository:
    """Parse a repository, with crane's error message.

    Args:
        repository: the text.
        options: the options, of which ``insecure`` matters.

    Returns:
        The repository.

    Raises:
        InvalidReferenceError: the text is not a repository.
    """
    with wrapped(f"parsing repo {quote(repository)}"):
        return name.new_repository(repository, insecure=options.get("insecure", False))
