"""The compatibility matrix: every released crane on archives of every tool, run and recorded.

    python -m tools.matrix            # build what is missing, run what has changed, write the page
    python -m tools.matrix --again    # run everything anew
    python -m tools.matrix --page     # write the page and its picture from the results only

``docs/matrix/results.json`` has the results; ``tests/doctor/test_matrix.py`` holds the doctor
against them. ``releases`` says which versions, ``archives`` which archives, ``forms`` makes those
that no engine at hand can write.
"""
