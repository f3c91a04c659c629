"""Generates archives to compare the engines on, from a seed, and damages them, reproducibly.

``archives`` writes an archive from a description, ``descriptions`` makes descriptions up,
``damage`` lists what can go wrong with an archive, ``cases`` combines the three. Nothing here opens
an image. There is no Go counterpart.
"""
