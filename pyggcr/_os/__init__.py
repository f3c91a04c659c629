"""Files and what else the operating system gives: atomic writes, closing, the log of requests.

Knows errors and limits only, and nothing of images or of Go's standard library.
"""
