"""What pyggcr needs of the operating system: files, atomic writes, closing, a log of requests.

Knows errors and limits only, and nothing of images or of Go's standard library.
"""
