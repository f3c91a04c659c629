"""The compatibility matrix: every released crane on archives of every tool, run and recorded.

    python -m tools.matrix            # build what is missing, run what has changed
    python -m tools.matrix --again    # run everything anew

``docs/matrix/results.json`` has the results. ``releases`` says which versions, ``archives`` which
archives, ``forms`` makes those that no engine at hand can write.
"""
