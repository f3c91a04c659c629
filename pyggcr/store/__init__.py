"""Images wherever they lie: docker-save archives and OCI layouts, in a folder or a tar, compressed
or not.

Unlike ``tarball``, which behaves as Go does, this reads whatever can be read; each difference and
its reason is in docs/differences.md. ``files`` finds named files, whatever holds them.
"""
