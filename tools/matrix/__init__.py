"""The compatibility matrix: every minor release of crane on the archives of every tool.

    python -m tools.matrix            # build, run what has changed, write the page
    python -m tools.matrix --again    # repeat everything
    python -m tools.matrix --page     # only write the page and its picture

``docs/matrix/results.json`` has the results; ``tests/doctor/test_matrix.py`` holds the doctor
against them. ``releases`` says which versions, ``archives`` which archives, ``forms`` makes those
that no engine at hand can write.
"""
