"""Small pure functions of the real Go, so that tests can compare Python's with them.

Operations, with what they take and answer, all as bytes:

- ``gzip`` (BestSpeed) and ``gunzip``: data. ``gzip_level``: a byte for the level, then data.
- ``sha256`` (``v1.SHA256``): data; the digest and the size with a space between.
- ``config_file``, ``manifest``, ``index_manifest``, ``tarball_manifest``: JSON, of which the first
  value is read; Go's ``json.Marshal`` of the struct.
- ``tar_list``: an archive; a line of JSON for each entry with every header field, the content's
  size, SHA-256 and error. Names are base64 (they may be any bytes), times are
  ``[seconds, nanoseconds]`` or empty. A last line with only ``Error`` tells why reading ended.
- ``tag``, ``digest``, ``repository``, ``registry``, ``reference``: JSON with ``name`` and perhaps
  ``strict``, ``default_registry``, ``default_tag``; JSON with what each accessor says.
- ``hash``, ``platform``, ``quote``, ``path_clean``, ``filepath_dir``: text. ``path_join``: elements
  between NULs.
"""

from __future__ import annotations

from pyggcr._go import table
from pyggcr.errors import UnsupportedOptionError

__all__ = ["call"]


def call(op: str, data: bytes) -> bytes:
    """What Go answers.

    Raises:
        Error: the class and text of Go's error.
        UnsupportedOptionError: there is no such operation.
    """
    name = f"gostd.{op}"
    if name not in table.functions():
        raise UnsupportedOptionError(f'no operation "{op}"')
    answer: bytes = table.function(name)(data)
    return answer
