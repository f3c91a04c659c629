"""What Docker did before images had manifests: pkg/legacy.

``tarball`` writes archives in that format; ``config`` has what such an archive says of a layer.
"""
