"""Archives in the form of tools that are not at hand, as the sources of each tool write them.

Every module names the source file whose form it writes. The same call gives the same bytes, on
every machine. Where the tool or its library is at hand after all,
``tests/tools/test_matrix_forms.py`` compares with what that writes, byte for byte.
"""
