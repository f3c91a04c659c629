"""What checks of images and indexes share: findings as text, and manifests against their bytes."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    EngineUnavailableError,
    Error,
    NativePanicError,
    UnsupportedOptionError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_FINDING", "check_manifest", "difference", "findings"]

# These say something of the caller or the machine, nothing of the image.
NO_FINDING = (
    CancelledError,
    ClosedError,
    EngineUnavailableError,
    NativePanicError,
    UnsupportedOptionError,
)


def findings(check: Callable[[], list[str]]) -> str:
    """What the check found, or what stopped it, as text."""
    try:
        return "\n".join(check())
    except NO_FINDING:
        raise
    except Error as error:
        return error.message


def check_manifest(
    described: v1.Image | v1.ImageIndex,
    own: Callable[[], object],
    parse: Callable[[bytes], object],
    parser: str,
) -> list[str]:
    """Compare a manifest with its bytes, their digest and their size.

    Args:
        described: what has the manifest.
        own: gives the manifest that it has.
        parse: makes one of the bytes.
        parser: what Go calls that function.
    """
    digest = described.digest()
    size = described.size()
    raw = described.raw_manifest()
    computed = v1.sha256(io.BytesIO(raw))[0]
    manifest = own()
    parsed = parse(raw)
    wrong = []
    if digest != computed:
        wrong.append(
            f"mismatched manifest digest: Digest()={digest}, SHA256(RawManifest())={computed}"
        )
    if parsed != manifest:
        wrong.append(
            f"mismatched manifest content: (-{parser}(RawManifest()) +Manifest()) "
            + difference(parsed, manifest)
        )
    if size != len(raw):
        wrong.append(f"mismatched manifest size: Size()={size}, len(RawManifest())={len(raw)}")
    return wrong


def difference(parsed: object, own: object) -> str:
    """Stands where Go puts the output of go-cmp, which is unstable on purpose."""
    return f"\n- {_line(parsed)}\n+ {_line(own)}\n"


def _line(document: object) -> str:
    return json.marshal(document).decode("utf-8")
