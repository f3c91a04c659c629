"""``pyggcr gcrane VERB``: an exact drop-in for gcrane v0.22.1.

gcrane is crane with another keychain and a few verbs of its own; so is this. ``table`` has the
commands that differ, ``program`` puts them among those of ``pyggcr.cli.crane``, which reads the
command line and does the rest.
"""
