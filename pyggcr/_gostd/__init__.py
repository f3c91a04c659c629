"""What Go's standard library does, byte for byte: JSON, tar, gzip, paths, quoting, times.

Each module names the package that it mirrors. Nothing here knows of images.
"""
