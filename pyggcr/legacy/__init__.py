"""Docker's image format from before images had manifests: pkg/legacy.

``tarball`` writes archives in that format; ``config`` is what they say of a layer.
"""
