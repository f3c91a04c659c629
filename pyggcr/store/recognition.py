"""What a file is that cannot be read as an archive of images, in words for its user.

Each text says what was found, and what to do about it. Nothing here is needed, or loaded, as long
as an archive can be read.
"""

from __future__ import annotations

import re

from pyggcr._gostd.tar import Reader
from pyggcr._gostd.tar.header import BLOCK_SIZE, ZERO_BLOCK, padding, parse_header
from pyggcr._layers.entries import entry_of
from pyggcr._layers.source import SequentialReader
from pyggcr.errors import ArchiveError, TruncatedError
from pyggcr.store.unpacking import compression_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyggcr._gostd.tar import Header
    from pyggcr._layers.source import Source

__all__ = [
    "LOOKED_AT",
    "kind_of_file",
    "recognized",
    "second_archive",
    "why_broken",
    "why_no_images",
]

_SAVE = "docker save -o FILE IMAGE writes an archive"
_EXPECTED = "not an archive of images"

# Bytes that are looked at to tell what a file is; that of an ISO 9660 lies behind all others.
LOOKED_AT = 33 << 10
_WORDS = 4096  # bytes that may be somebody's words
_SHOWN = 160  # characters of a text that are shown

_UNPACK = "unpack it first"
# Where a file has them, and what it is then: an article, a name, and what to do.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"PK\3\4", "a zip file", _UNPACK),
    (0, b"PK\5\6", "an empty zip file", _SAVE),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip file", _UNPACK),
    (0, b"Rar!\x1a\7", "a RAR file", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "an lz4-compressed file", "decompress it first, with lz4 -d"),
    (0, b"LZIP", "an lzip-compressed file", "decompress it first, with lzip -d"),
    (0, b"\x5d\0\0", "an lzma-compressed file", "decompress it first, with xz --format=lzma -d"),
    (0, b"\x1f\x9d", "a file of compress (.Z)", "decompress it first, with gzip -d"),
    (0, b"\x50\x2a\x4d\x18", "a zstd file of pzstd", "decompress it first, with zstd -d"),
    (0, b"\xff\x06\0\0sNaPpY", "a snappy-compressed file", _UNPACK),
    (0, b"070701", "a cpio archive", _SAVE),
    (0, b"070707", "a cpio archive", _SAVE),
    (0, b"!<arch>\n", "an ar archive, such as a Debian package", _SAVE),
    (0, b"\xed\xab\xee\xdb", "an RPM package", _SAVE),
    (0, b"\x7fELF", "a program (ELF)", _SAVE),
    (0, b"hsqs", "a squashfs file system", _SAVE),
    (0, b"QFI\xfb", "a disk image (qcow2)", _SAVE),
    (0, b"SQLite format 3\0", "an SQLite database", _SAVE),
    (0, b"%PDF-", "a PDF document", _SAVE),
    (0, b"\x89PNG\r\n", "a PNG picture", _SAVE),
    (0, b"\xff\xd8\xff", "a JPEG picture", _SAVE),
    (0, b"MZ\x90\0", "a Windows program", _SAVE),
    (0, b"\xcf\xfa\xed\xfe", "a program (Mach-O)", _SAVE),
    (0, b"\0asm", "a WebAssembly module", _SAVE),
    (0, b"KDMV", "a disk image (VMDK)", _SAVE),
    (0, b"vhdxfile", "a disk image (VHDX)", _SAVE),
    (0, b"XFSB", "an XFS file system", _SAVE),
    (0, b"# v2 git bundle", "a git bundle", _SAVE),
    (0, b"age-encryption.org/", "a file encrypted with age", "decrypt it first, with age -d"),
    (0, b"-----BEGIN PGP MESSAGE", "a file encrypted with PGP", "decrypt it first, with gpg -d"),
    (0, b"Salted__", "a file encrypted with openssl enc", "decrypt it first"),
    (0, b"LUKS\xba\xbe", "an encrypted disk (LUKS)", _SAVE),
    (32, b"SIF_MAGIC", "an image of Singularity (SIF)", "singularity can export it as an OCI tar"),
    (1024, b"\xe2\xe1\xf5\xe0", "an EROFS file system", _SAVE),
    (1080, b"\x53\xef", "an ext4 file system", _SAVE),
    (32769, b"CD001", "an ISO 9660 file system", _SAVE),
)  # fmt: skip
_AS_TEXT = (
    "an archive that a shell has converted to text, as some versions of PowerShell do at >",
    f"its bytes are lost; {_SAVE}",
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8 = b"\xef\xbb\xbf"
_REPLACEMENT = "\ufffd".encode()
_LFS = b"version https://git-lfs.github.com/spec/"
_USTAR = slice(257, 262)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
_OF_URLS = bytes.maketrans(b"-_", b"+/")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){4,}")
_TITLE = re.compile(r"(?is)<title[^>]*>\s*(.*?)\s*</title")
_PAGE = re.compile(rb"(?is)\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|script)\b")
_NAME_SIZE = 100  # bytes of a header that hold the entry's name
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x1b"))

# What the root of a file system has, as docker export writes one.
_ROOT = frozenset(("bin", "dev", "etc", "lib", "proc", "root", "sbin", "sys", "usr", "var"))
_ENOUGH_OF_ROOT = 2
_NAMED = 5  # files that a message names
_FOR_BUILDS = frozenset(("Dockerfile", "Containerfile"))
_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2")
_OF_LAYOUT = ("index.json", "oci-layout", "manifest.json")


def recognized(beginning: bytes, size: int) -> str | None:
    """What a file is that is no tar, and what to do; nothing if it may be one.

    The text begins with a verb, as its subject is the file: ``is an HTML page, …``.

    Args:
        beginning: its first bytes, up to ``LOOKED_AT`` of them.
        size: of the file in bytes.
    """
    found = _recognized(beginning, size)
    if found is None:
        return None
    what, advice = found
    return f"is empty; {advice}" if not size else f"is {what}, {_EXPECTED}; {advice}"


def kind_of_file(beginning: bytes, size: int) -> str | None:
    """The same, without what to do about it: ``an HTML page``."""
    found = _recognized(beginning, size)
    return None if found is None else found[0]


def _recognized(beginning: bytes, size: int) -> tuple[str, str] | None:
    """What a file is, and what to do."""
    if not size:
        return "empty", _SAVE
    found = next(
        ((what, advice) for at, magic, what, advice in _MAGIC if beginning[at:].startswith(magic)),
        None,
    )
    if found is not None:
        return found
    compression = compression_of(beginning)
    if compression is not None:  # what was compressed once is unpacked before
        return f"compressed once more, by {compression}", "decompress it once before"
    if beginning.startswith(_UTF_16):
        return (
            "UTF-16 text, as > of Windows PowerShell writes it",
            f"the bytes of the archive are lost; {_SAVE}",
        )
    if _is_tar(beginning):
        return None
    if beginning.startswith(_UTF_8) and _is_tar(beginning[len(_UTF_8) :]):
        return "a tar that a byte order mark was put before", "tail -c +4 FILE takes it away"
    if _REPLACEMENT in beginning and beginning.startswith((b"blobs/", b"manifest.json")):
        return _AS_TEXT
    if not beginning.strip(b"\0"):
        # A tar without entries is nothing but zeros too.
        return None if size <= 20 * BLOCK_SIZE else ("nothing but zero bytes", _SAVE)
    if size < BLOCK_SIZE and _begins_header(beginning):
        return f"a tar cut off after {size} bytes", f"copy it again, or save it again; {_SAVE}"
    return _recognized_text(beginning)


def _begins_header(block: bytes) -> bool:
    """Whether it is the beginning of the header of an entry: its name, and zeros behind that."""
    name, zero, rest = block[:_NAME_SIZE].partition(b"\0")
    return bool(name) and zero == b"\0" and not rest.strip(b"\0") and _text_of(name) is not None


def _recognized_text(beginning: bytes) -> tuple[str, str]:
    if beginning.startswith(_LFS):
        return "a pointer of git LFS", "git lfs pull fetches the file itself"
    if _PAGE.match(beginning):
        title = _TITLE.search(beginning.decode("utf-8", "replace"))
        page = f'an HTML page ("{_short(title[1])}")' if title else "an HTML page"
        return page, "download the file again; the server may ask for a login"
    text = _text_of(beginning)
    if text is None:
        return f"data of no known kind, which begins with {beginning[:8].hex(' ')}", _SAVE
    if _is_base64(beginning):
        return "text in base64", "decode it first, with base64 -d"
    if _is_hex(beginning):
        return "text in hexadecimal digits", "decode it first, with xxd -r -p"
    if text.lstrip().startswith(("{", "[")):
        from pyggcr.store.json_kinds import kind_of_json

        return kind_of_json(text) or (f'a JSON document ("{_short(text)}")', _SAVE)
    kind = "an XML document" if text.lstrip().startswith("<?xml") else "text"
    return f'{kind} ("{_short(text)}")', _SAVE


def _is_base64(beginning: bytes) -> bool:
    """Whether it is the beginning of a tar, or of a compressed file, in base64."""
    import binascii

    packed = beginning.translate(_OF_URLS, b"\r\n")
    if not _BASE64.fullmatch(packed):
        return False
    return _is_packed(binascii.a2b_base64(packed[: len(packed) // 4 * 4]))


def _is_hex(beginning: bytes) -> bool:
    """Whether it is the same in hexadecimal digits."""
    digits = beginning.translate(None, b"\r\n ")
    digits = digits[: len(digits) // 2 * 2]
    return bool(_HEX.fullmatch(digits)) and _is_packed(bytes.fromhex(digits.decode()))


def _is_packed(data: bytes) -> bool:
    return _is_tar(data) or compression_of(data) is not None


def _is_tar(block: bytes) -> bool:
    if len(block) < BLOCK_SIZE:
        return False
    try:
        parse_header(block[:BLOCK_SIZE])
    except ArchiveError:
        return False
    return True


def _text_of(data: bytes) -> str | None:
    """The text that the bytes are; nothing if they are none, or none at all."""
    data = data.removeprefix(_UTF_8)
    if not data or len(data.translate(None, _CONTROL)) != len(data):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # The last character may have been cut.
        return data[: error.start].decode() if len(data) - error.start < 4 else None


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def why_broken(source: Source) -> str | None:
    """Why a tar cannot be read to its end, and what to do; nothing if nothing is known.

    Reads headers only, up to where the tar breaks.
    """
    scan = _Scan(source)
    try:
        scan.run()
    except TruncatedError:
        return _why_short(scan)
    except ArchiveError:
        return _why_garbled(scan)
    else:
        return None
    finally:
        scan.close()


class _Scan:
    """A scan of a tar that remembers where it is (a ``ReadAt``).

    Attributes:
        end: of what was read last.
        last: the last entry that could be read.
    """

    def __init__(self, source: Source) -> None:
        self._reader = source.open()
        self.end = 0
        self.last: Header | None = None

    def run(self) -> None:
        """Read all headers."""
        scanner = Reader(SequentialReader(self))
        while (header := scanner.next()) is not None:
            self.last = header

    def read_at(self, offset: int, size: int) -> bytes:
        data = self._reader.read_at(offset, size)
        self.end = offset + len(data)
        return data

    def seek(self, offset: int) -> None:
        self._reader.seek(offset)

    def close(self) -> None:
        self._reader.close()


def _why_short(scan: _Scan) -> str | None:
    if scan.last is None:
        return "the archive is truncated before its first entry; copy it again, or save it again"
    entry = entry_of(scan.last)
    end = entry.offset + entry.physical_size
    size = _size_of(scan, end)
    if size >= end:  # of the entry; what breaks off is the header behind it
        return _said(scan.read_at(end + padding(end), _WORDS))
    said = _said_at_the_end(scan, size)
    if said is not None:
        return said
    return (
        f"the archive is truncated: it ends at byte {size} in the middle of {entry.name}, which "
        f"ends at byte {end}; copy it again, or save the image again"
    )


def _why_garbled(scan: _Scan) -> str | None:
    position = scan.end - BLOCK_SIZE  # padding is read together with the header behind it
    found = scan.read_at(position, _WORDS)
    if scan.last is None:
        return None
    if _REPLACEMENT in found or _REPLACEMENT in scan.read_at(0, _WORDS):
        what, advice = _AS_TEXT
        return f"the archive is {what}, {_EXPECTED}; {advice}"
    return _said(found) or (
        f"the archive is damaged: behind {scan.last.name}, at byte {position}, there is no entry "
        "of a tar; copy it again, or save the image again"
    )


def _said(found: bytes) -> str | None:
    """The words that somebody wrote into the stream of an archive, such as docker."""
    text = _text_of(found.rstrip(b"\0"))
    if text is None:
        return None
    return f'the archive breaks off with the words "{_short(_message_of(text))}"; save it again'


def _said_at_the_end(reader: _Scan, size: int) -> str | None:
    """The same, where the words stand in what should be the content of a file."""
    found = reader.read_at(max(0, size - _WORDS), _WORDS)
    at = found.rfind(b'{"errorDetail"')
    if at < 0:
        at = found.rfind(b"Error response from daemon")
    return _said(found[at:]) if at >= 0 else None


def _message_of(text: str) -> str:
    """What a JSON document of the daemon says, or the text itself."""
    import json

    try:
        document = json.loads(text)
    except ValueError:
        return text
    if isinstance(document, dict):
        for key in ("error", "message"):
            if isinstance(document.get(key), str):
                return str(document[key])
    return text


def _size_of(reader: _Scan, above: int) -> int:
    """Bytes that there are, at most ``above``."""
    low, high = 0, above
    while low < high:
        middle = (low + high) // 2
        if reader.read_at(middle, 1):
            low = middle + 1
        else:
            high = middle
    return low


def second_archive(source: Source) -> int | None:
    """Where another tar begins behind the end of the first; nothing if there is none."""
    scan = _Scan(source)
    try:
        scan.run()
        position = scan.end
        while (block := scan.read_at(position, BLOCK_SIZE)) == ZERO_BLOCK:
            position += BLOCK_SIZE
        return position if scan.last is not None and _is_tar(block) else None
    except ArchiveError:
        return None
    finally:
        scan.close()


def why_no_images(
    names: Iterable[str], following: int | None = None, *, in_folder: bool = True
) -> str:
    """Why files hold no image, and what to do.

    Args:
        names: of all entries.
        following: where a second archive begins, if there is one.
        in_folder: whether they are files of a folder, not entries of a tar.
    """
    if following is not None:
        return (
            f"two archives stand one behind the other, and no image is in the first; the second "
            f"begins at byte {following}: tail -c +{following + 1} FILE writes it"
        )
    cleaned = [name.removeprefix("./").strip("/") for name in names]
    top = {name.partition("/")[0] for name in cleaned if name}
    for name in cleaned:
        folder, _, file = name.rpartition("/")
        if folder and file in _OF_LAYOUT and "/blobs/" not in f"/{name}":
            return (
                f"the image is one level down, in the folder {folder}/; "
                f"{'' if in_folder else 'unpack it and '}give that folder"
            )
    if "repositories" in top and any(name.endswith("/layer.tar") for name in cleaned):
        return (
            "this is an archive of Docker before 1.10, which has no manifest.json; docker load it "
            "with an old Docker, and save it with a new one"
        )
    if len(top & _ROOT) >= _ENOUGH_OF_ROOT:
        return (
            "this is a file system, as docker export writes it, not an image; docker save writes "
            "images, and pyggcr append --new_layer FILE makes an image of it"
        )
    if not top:
        return f"nothing is in it; {_SAVE}"
    archives = [name for name in cleaned if name.endswith(_SUFFIXES)]
    if archives:
        return (
            f"{_listed(archives)} in it may be the archive of images; "
            f"{'' if in_folder else 'unpack it and '}give that file"
        )
    if top & _FOR_BUILDS:
        return (
            "this is what docker build makes an image of, not an image; docker buildx build "
            "--output type=oci,dest=FILE writes one"
        )
    return (
        "there is neither a manifest.json nor an index.json that lists images; there are "
        f"{_listed(sorted(top))}; {_SAVE}"
    )


def _listed(names: list[str]) -> str:
    shown = names[:_NAMED]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(shown)}{more}"
