"""A registry that keeps to the OCI distribution specification, where Go's is lenient or wrong.

``server`` begins to serve, ``routes`` finds who answers, ``blobs``, ``uploads`` and ``manifests``
answer, ``files`` is the folder where everything is kept, so that the next process finds it. The
HTTP server is that of the mirror. The specification is version 1.1.
"""

from __future__ import annotations

__all__: list[str] = []
