"""Archives to compare the engines on: made from a seed, then damaged, byte for byte repeatable.

``archives`` writes an archive from a description, ``descriptions`` makes descriptions up,
``damage`` lists what can go wrong with an archive, ``cases`` puts the three together. Nothing
here opens an image. There is no Go counterpart.
"""
