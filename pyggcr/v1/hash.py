"""``v1.Hash``: a digest such as ``sha256:…``, parsed and written as pkg/v1/hash.go does it.

Streams are hashed here too (``v1.SHA256``). Reading files or archives belongs elsewhere.
"""

from __future__ import annotations

import io

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import quote
from pyggcr.errors import InvalidHashError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr._gostd.codecs import Hasher
else:
    from pyggcr._typing import Protocol

__all__ = ["Hash", "hasher", "new_hash", "sha256", "to_hash"]

_HEX_DIGITS = "0123456789abcdef"
_DIGITS = {"sha256": 64, "sha512": 128}
_READ_SIZE = 1 << 17  # stays in a processor's own cache between copying and hashing
_PIECE_SIZE = 1 << 20  # of what need not be copied; Ctrl-C waits for one


@dataclass(frozen=True, slots=True, order=True)
class Hash:
    """The hash of some content, such as ``sha256:…`` (``v1.Hash``).

    As in Go, the constructor checks nothing; ``new_hash`` does. ``str()`` gives ``algorithm:hex``,
    and a hash equals that text.

    Attributes:
        algorithm: such as ``sha256``.
        hex: the hash in lower-case hexadecimal digits.

    Examples:
        >>> Hash("sha256", "ab") == "sha256:ab"
        True
    """

    algorithm: str = ""
    hex: str = ""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Hash):
            return self.hex == other.hex and self.algorithm == other.algorithm
        return str(self) == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(f"{self.algorithm}:{self.hex}")


class Readable(Protocol):
    """Anything with ``read(n)`` that returns at most n bytes, and none at the end."""

    def read(self, size: int, /) -> bytes | None: ...


def hasher(name: str) -> Hasher:
    """Return a new hash object (``v1.Hasher``).

    Args:
        name: ``sha256`` or ``sha512``.

    Returns:
        An object like those of ``hashlib``, for one thread at a time. ``bytes`` that it is given
        may be hashed later.

    Raises:
        InvalidHashError: the name is another one.

    Examples:
        >>> hasher("sha512").digest_size
        64
    """
    if name == "sha256":
        from pyggcr._gostd import codecs  # not at the start: most of what it brings is not needed

        return codecs.sha256()
    _check_algorithm(name)
    import hashlib  # not at the start: it loads OpenSSL

    return hashlib.sha512()


def _check_algorithm(name: str) -> None:
    if name not in _DIGITS:
        raise InvalidHashError(f"unsupported hash: {quote(name)}")


def new_hash(text: str) -> Hash:
    """Parse a digest (``v1.NewHash``).

    Args:
        text: ``algorithm:hex``, where the algorithm is ``sha256`` or ``sha512``.

    Returns:
        The hash.

    Raises:
        InvalidHashError: the text is not a digest.

    Examples:
        >>> str(new_hash("sha256:" + 64 * "a"))[:12]
        'sha256:aaaaa'
    """
    algorithm, colon, digits = text.partition(":")
    if not colon or not algorithm or not digits:
        raise InvalidHashError(f"cannot parse hash: {quote(text)}")
    rest = digits.lstrip(_HEX_DIGITS)
    if rest:
        # Go prints the first byte of the rest as if it were a code point.
        first = rest[0].encode("utf-8", "surrogateescape")[0]
        raise InvalidHashError(f"found non-hex character in hash: {chr(first)}")
    _check_algorithm(algorithm)
    if len(digits) != _DIGITS[algorithm]:
        raise InvalidHashError(f"wrong number of hex digits for {algorithm}: {digits}")
    return Hash(algorithm, digits)


def to_hash(value: Hash | str) -> Hash:
    """Return a hash, parsing it if it is a text.

    Functions that take a hash or a text call it.

    Args:
        value: a hash, or a text such as ``sha256:…``.

    Returns:
        The hash.

    Raises:
        InvalidHashError: the text is not a digest.
    """
    return value if isinstance(value, Hash) else new_hash(value)


def sha256(stream: Readable) -> tuple[Hash, int]:
    """Hash the rest of a stream (``v1.SHA256``).

    Args:
        stream: a binary stream; it is read to its end and not closed.

    Returns:
        The SHA-256 hash, and the number of bytes read.

    Raises:
        OSError: the stream cannot be read.
        Error: the stream is one of pyggcr's and ends in an error, such as ``TruncatedError``.

    Examples:
        >>> import io
        >>> sha256(io.BytesIO(b"abc"))[1]
        3
    """
    digest = hasher("sha256")
    size = 0
    if type(stream) is io.BytesIO:
        size = _add_rest(digest, stream)
    while chunk := stream.read(_READ_SIZE):
        digest.update(chunk)
        size += len(chunk)
    return Hash("sha256", digest.hexdigest()), size


def _add_rest(digest: Hasher, stream: io.BytesIO) -> int:
    """Hash what a stream in memory has left, without copying it; gives its size."""
    content = memoryview(stream.getvalue())[stream.tell() :]
    for start in range(0, len(content), _PIECE_SIZE):
        digest.update(content[start : start + _PIECE_SIZE])
    if content:
        stream.seek(0, io.SEEK_END)
    return len(content)
