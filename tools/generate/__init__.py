"""Sources that follow from other sources: typed options, ``Puller`` and ``Pusher``, ``pyggcr.aio``.

``python -m tools.generate`` writes them, ``--check`` says which are out of date. They are
committed, so that readers and type checkers see them and nothing has to be generated to run.
"""
