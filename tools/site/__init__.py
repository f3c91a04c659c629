"""The documentation site: pages that are not files of docs, how docstrings are read, links.

`mkdocs.yml` names `pages.py` as a hook and `griffe_extension.py` as an extension of griffe.
`links.py` checks the site that was built.
"""
