"""What an engine must offer: one Protocol per Go package.

Each module states the functions that ``pyggcr._go`` and ``pyggcr._python`` have for one package of
go-containerregistry: names, parameters, types. mypy checks both engines against it where
``pyggcr.engine`` returns them, and ``tests/contract/test_signatures.py`` compares what mypy
overlooks (names, kinds and defaults of parameters). Parameters are keyword-only and have no
defaults: a default belongs to the public function, where a user sees it.

Protocols are for the type checker and for readers. Nothing imports this package when it runs;
values that cross, such as ``RemoteOptions``, are in ``pyggcr._values``.
"""
