"""Options that this engine takes only as its library was built: profile, LayerSources, cache."""

from __future__ import annotations

from pyggcr._go import library
from pyggcr._layers import known_layers
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
    if known_layers.chosen() not in (None, False):
        raise UnsupportedOptionError(known_layers.NOT_WITH_GO)
    if layer_sources != _PATCHED:
        raise UnsupportedOptionError(
            f"the Go engine is go-containerregistry {info['go_containerregistry']} and reads "
            f'LayerSources as "{_PATCHED}"; for "{layer_sources}" use engine="python"'
        )
