"""Options that this engine takes only as its library was built: gzip profile, LayerSources."""

from __future__ import annotations

from pyggcr._go import library
from pyggcr.errors import UnsupportedOptionError

__all__ = ["check"]

_PATCHED = "patched"


def check(gzip_profile: str, layer_sources: str = _PATCHED) -> None:
    """Refuse what the library does otherwise.

    Raises:
        UnsupportedOptionError: it was built to do otherwise.
    """
    info = library.load().info
    if gzip_profile != info["gzip_profile"]:
        raise UnsupportedOptionError(
            f"the Go engine was built with {info['go_version']} and writes gzip profile "
            f'{info["gzip_profile"]}; for {gzip_profile} use engine="python"'
        )
    if layer_sources != _PATCHED:
        raise UnsupportedOptionError(
            f"the Go engine is go-containerregistry {info['go_containerregistry']} and reads "
            f'LayerSources as "{_PATCHED}"; for "{layer_sources}" use engine="python"'
        )
