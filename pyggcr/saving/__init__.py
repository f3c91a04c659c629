"""Images written down: docker-save archives, new and old, and OCI layouts.

Any image will do, of either engine or of your own, also one that is still in a registry: blobs
stream through, none is held whole, and each is written once. Archives are byte for byte Go's.
``entries`` writes the entries of the archives.
"""

from __future__ import annotations

from pyggcr.saving.archive import save
from pyggcr.saving.layout import save_oci
from pyggcr.saving.legacy import save_legacy

__all__ = ["save", "save_legacy", "save_oci"]
