"""``pyggcr crane VERB``: an exact drop-in for crane v0.22.1, over the same library.

``program.run`` reads a command line: ``cobra`` finds the command in the ``table`` of crane's
commands, ``pflag`` reads its flags, and a module of ``VERBS`` does the work with a ``Session``.
None of this belongs to pyggcr's own commands, whose grammar is another
(docs/decisions/0015-a-reader-of-its-own-for-crane.md); what both grammars have in common is in
``pyggcr.cli.reader``. Each verb imports only what it needs.
"""
