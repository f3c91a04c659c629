"""Values that public modules hand to engines, and engines hand back; one module per Go package.

Options, credentials and descriptors: no I/O, and no knowledge of an engine. Values of images are
in ``pyggcr.v1``. Public modules show these classes under their own names.
"""
