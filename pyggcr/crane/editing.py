"""Edits a config, a manifest or a file of an image: the verbs ``crane edit config|manifest|fs``.

What is edited is changed by a function, or replaced by given bytes; ``edited_by_editor`` starts the
user's editor, as internal/editor does.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import posixpath
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from pyggcr import mutate, name, partial, remote, static, tarball, v1
from pyggcr._gostd import path
from pyggcr._gostd.json.text import quote as quote_json
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header, Reader
from pyggcr._gostd.tar.writer import Writer
from pyggcr._os.file import path_error
from pyggcr.crane.options import with_keychain
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import Error, JSONError
from pyggcr.types import MediaType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.remote.options import Options

__all__ = [
    "Edit",
    "EditorError",
    "RawManifest",
    "edit_config",
    "edit_file",
    "edit_manifest",
    "edited_by_editor",
    "file_layer",
    "find_file",
    "is_interactive",
    "own_media_type",
    "with_config",
    "with_documents",
]

# The new content, or a function that makes it of the old one.
Edit: TypeAlias = "bytes | Callable[[bytes], bytes]"

_DEFAULT_EDITOR = "vi"
_NEW_FILE_MODE = 0o555  # readable for all, whatever umask there is
_READ_SIZE = 1 << 20


class EditorError(Error):
    """The editor cannot be started, or says that it failed (``exec.Error``, ``exec.ExitError``)."""


def edit_config(reference: str, edit: Edit, *, tag: str = "", **options: Unpack[Options]) -> str:
    """Edit the config file of an image in a registry (``crane edit config``).

    The rest of the manifest stays, except that it is written anew with sorted keys. What the config
    is made into is not looked at.

    Args:
        reference: the image.
        edit: the new config file, or what makes it of the old one.
        tag: the reference of the result; by default that of the image, which is then overwritten.
            An image by digest is pushed by its new digest.
        options: see ``pyggcr.remote``.

    Returns:
        The reference of the result.

    Raises:
        Error: the manifest has no config; and what ``edit`` raises.
        TransportError, InvalidReferenceError: as for ``pull`` and ``remote.put``.
    """
    from pyggcr import crane

    with crane.pull(reference, **options) as image:
        content, config, manifest = with_config(image, edit)
    options = with_keychain(options)
    target = _target(reference, tag, manifest, options)
    layer = static.new_layer(content, config.media_type, engine=options.get("engine"))
    remote.write_layer(target.context(), layer, **options)
    remote.put(target, manifest, **options)
    return str(target)


def with_config(image: v1.Image, edit: Edit) -> tuple[bytes, v1.Descriptor, RawManifest]:
    """The new config file of an image, its descriptor, and the manifest that has that.

    Raises:
        Error: the manifest has no config; and what the image and ``edit`` raise.
    """
    media_type = image.media_type()
    document = _object(image.raw_manifest())
    if "config" not in document:
        raise Error("config missing")
    config = _config_of(document)
    content = edit(image.raw_config_file()) if callable(edit) else edit
    # Data that are right stay so, others stay wrong.
    if config.data is not None and _is_of(config, config.data):
        config.data = content
    config.digest, config.size = v1.sha256(io.BytesIO(content))
    document["config"] = config
    return content, config, RawManifest(_marshal(document).encode(), media_type)


def with_documents(
    image: v1.Image, manifest: bytes, media_type: MediaType, config: bytes | None
) -> v1.Image:
    """An image with other documents, and the layers that it had.

    Args:
        image: has the layers, and the config if none is given.
        manifest: the new manifest.
        media_type: what to call it.
        config: the new config file.

    Raises:
        Error: whatever the image raises, when the new one is asked for something.
    """
    return partial.compressed_to_image(_Documents(image, manifest, media_type, config))


class _Documents:
    """What ``partial.compressed_to_image`` completes to an image."""

    def __init__(
        self, image: v1.Image, manifest: bytes, media_type: MediaType, config: bytes | None
    ) -> None:
        self._image = image
        self._manifest = manifest
        self._media_type = media_type
        self._config = config

    def media_type(self) -> MediaType:
        return self._media_type

    def raw_manifest(self) -> bytes:
        return self._manifest

    def raw_config_file(self) -> bytes:
        return self._image.raw_config_file() if self._config is None else self._config

    def layer_by_digest(self, digest: v1.Hash) -> v1.Layer:
        return self._image.layer_by_digest(digest)


def edit_manifest(
    reference: str,
    edit: Edit,
    *,
    tag: str = "",
    media_type: str = "",
    **options: Unpack[Options],
) -> str:
    """Edit a manifest in a registry, of whatever it is (``crane edit manifest``).

    Args:
        reference: what has the manifest.
        edit: the new manifest, or what makes it of the old one.
        tag: as for ``edit_config``.
        media_type: what to call the manifest; by default what it says itself, else what the old
            one was called.
        options: see ``pyggcr.remote``.

    Returns:
        The reference of the result.

    Raises:
        TransportError, InvalidReferenceError: as for ``remote.get`` and ``remote.put``.
        Error: what ``edit`` raises.
    """
    options = with_keychain(options)
    found = remote.get(reference, **options)
    content = edit(found.manifest) if callable(edit) else edit
    if not media_type:
        media_type = own_media_type(content) or found.descriptor.media_type
    manifest = RawManifest(content, MediaType(media_type))
    target = _target(reference, tag, manifest, options)
    remote.put(target, manifest, **options)
    return str(target)


def edit_file(
    reference: str,
    filename: str,
    edit: bytes | Callable[[bytes, str], bytes],
    *,
    tag: str = "",
    created_by: str = "",
    **options: Unpack[Options],
) -> str:
    """Edit a file of an image in a registry, by a layer that has it (``crane edit fs``).

    Args:
        reference: the image.
        filename: the file; one that is not there is made.
        edit: the new content, which makes the file a new one with mode 0555; or what makes it of
            the old content and the extension of the name, which keeps owner, mode and the like.
        tag: as for ``edit_config``.
        created_by: what the history says of the layer; crane puts its command line there.
        options: see ``pyggcr.remote``.

    Returns:
        The reference of the result.

    Raises:
        ArchiveError: a layer is no tar.
        TransportError, InvalidReferenceError: as for ``pull`` and ``push``.
        Error: what ``edit`` raises.
    """
    from pyggcr import crane

    engine = options.get("engine")
    with crane.pull(reference, **options) as image:
        if callable(edit):
            old, header = find_file(image, filename)
            content = edit(old, _extension(header.name))
        else:
            content, header = edit, _new_header(filename)
        added = mutate.Addendum(
            file_layer(header, content, engine=engine),
            history=v1.History(author="crane", created_by=created_by),
        )
        made = mutate.append(image, added, engine=engine)
        target = _target(reference, tag, made, with_keychain(options))
        crane.push(made, tag or str(target), **options)
    return str(target)


def find_file(
    image: v1.Image, filename: str, *, new_mode: int = _NEW_FILE_MODE
) -> tuple[bytes, Header]:
    """A file of an image, and its header; one that is not there is empty.

    Args:
        image: the image, whose layers are read.
        filename: the file.
        new_mode: permissions of a file that is not there.

    Raises:
        ArchiveError: a layer is no tar.
    """
    wanted = _normal(filename)
    with mutate.extract(image) as files:
        reader = Reader(files)
        while True:
            with wrapped("reading tar"):
                header = reader.next()
            if header is None:
                return b"", _new_header(wanted, new_mode)
            if _normal(header.name) == wanted:
                return b"".join(iter(functools.partial(reader.read, _READ_SIZE), b"")), header


def file_layer(header: Header, content: bytes, *, engine: str | None = None) -> v1.Layer:
    """A layer with one file.

    Raises:
        ArchiveError: tar cannot hold the header.
    """
    header.size = len(content)
    archive = io.BytesIO()
    writer = Writer(archive)
    writer.write_header(header)
    writer.write(content)
    writer.close()
    tar = archive.getvalue()
    return tarball.layer_from_opener(lambda: io.BytesIO(tar), engine=engine)


def is_interactive(*streams: IO[Any]) -> bool:
    """Whether crane would start an editor: all streams are terminals, or devices like /dev/null."""
    try:
        modes = [os.fstat(stream.fileno()).st_mode for stream in streams]
    except (OSError, ValueError):
        return False
    return all(map(stat.S_ISCHR, modes))


def edited_by_editor(
    content: bytes, extension: str, *, program: str = "crane", command: Sequence[str] = ()
) -> bytes:
    """Let the user edit bytes in the editor that ``EDITOR`` names, else in vi (internal/editor).

    Args:
        content: what to edit. It is put into a temporary file, which is deleted afterwards.
        extension: with which that file's name ends.
        program: with which it begins.
        command: the editor and its arguments, in place of ``EDITOR``.

    Returns:
        What the file has when the editor ends.

    Raises:
        EditorError: there is no such editor, or it says that it failed.
        FileAccessError: there is no room for the file, or it cannot be read afterwards.
        KeyboardInterrupt: Ctrl-C ended the editor.
    """
    editor, *arguments = command or [os.environ.get("EDITOR") or _DEFAULT_EDITOR]
    with tempfile.TemporaryDirectory(prefix=f"{program}-edit.") as folder:
        file = os.path.join(folder, f"edit.{extension}")  # noqa: PTH118
        try:
            with open(file, "wb") as stream:  # noqa: PTH123
                stream.write(content)
        except OSError as error:
            raise path_error("write", file, error) from None
        _run_editor([_found(editor), *arguments, file])
        try:
            with open(file, "rb") as stream:  # noqa: PTH123
                return stream.read()
        except OSError as error:
            raise path_error("open", file, error) from None


def _found(editor: str) -> str:
    """The path of a program, as exec.LookPath finds it."""
    found = shutil.which(editor)
    if found is not None:
        return found
    if "/" not in editor:
        raise EditorError(f"exec: {quote(editor)}: executable file not found in $PATH")
    reason = "permission denied" if os.path.exists(editor) else "no such file or directory"  # noqa: PTH110
    raise EditorError(f"exec: {quote(editor)}: {reason}")


def _run_editor(command: Sequence[str]) -> None:
    with _ctrl_c_for_the_editor():
        code = subprocess.run(command, check=False).returncode  # noqa: S603
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code < 0:
        text = signal.strsignal(-code) or f"signal {-code}"
        raise EditorError(f"signal: {text[:1].lower()}{text[1:]}")
    if code:
        raise EditorError(f"exit status {code}")


@contextlib.contextmanager
def _ctrl_c_for_the_editor() -> Iterator[None]:
    """Leave Ctrl-C to the editor, which the terminal tells of it as well."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not SIG_IGN, which the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class RawManifest(v1.ImageIndex):
    """A manifest of which nothing is known but its bytes and what to call it.

    It can be put into a registry, where all that it refers to must be.
    """

    def __init__(self, raw: bytes, media_type: MediaType) -> None:
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        """What the manifest is called."""
        return self._media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the bytes."""
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        """Number of the bytes."""
        return len(self._raw)

    def raw_manifest(self) -> bytes:
        """The bytes."""
        return self._raw

    def index_manifest(self) -> v1.IndexManifest:
        """The bytes as an index, whether they are one or not."""
        return v1.parse_index_manifest(self._raw)

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Refuse: what is listed is not known."""
        raise Error(f"could not find descriptor in index: {digest}")

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """Refuse: what is listed is not known."""
        raise Error(f"could not find descriptor in index: {digest}")


def _target(
    reference: str, tag: str, result: v1.Image | v1.ImageIndex, options: Options
) -> name.Reference:
    """Where a result goes: to the tag, to where it came from, or to its own digest."""
    insecure = options.get("insecure", False)
    if not tag:
        source = name.parse_reference(reference, insecure=insecure)
        if isinstance(source, name.Digest):
            return source.context().digest(str(result.digest()))
    return name.parse_reference(tag or reference, insecure=insecure)


def _normal(filename: str) -> str:
    return path.clean(f"/{filename}")


def _new_header(filename: str, mode: int = _NEW_FILE_MODE) -> Header:
    return Header(filename, typeflag="0", mode=mode)


def _extension(filename: str) -> str:
    base = posixpath.basename(filename)
    return base[base.rindex(".") :] if "." in base else ""


def _object(data: bytes) -> dict[str, Any]:
    """A JSON object as Go reads it into a map of anything."""
    try:
        document = json.loads(data.decode("utf-8", "replace"), parse_int=float)
    except ValueError as error:
        raise JSONError(str(error)) from None
    if not isinstance(document, dict):
        raise JSONError("json: cannot unmarshal into Go value of type map[string]interface {}")
    return document


def _config_of(document: dict[str, Any]) -> v1.Descriptor:
    from pyggcr._gostd.json import unmarshal
    from pyggcr.v1.manifest import DESCRIPTOR

    with wrapped("json.Unmarshal config"):
        return unmarshal(_marshal(document["config"]).encode(), DESCRIPTOR)


def _marshal(value: Any) -> str:
    """A value as Go writes a map of anything: keys sorted by their bytes, numbers as floats."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-8", "surrogatepass"))
        return f"{{{','.join(f'{quote_json(key)}:{_marshal(value[key])}' for key in keys)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_marshal, value))}]"
    if isinstance(value, str):
        return quote_json(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, v1.Descriptor):
        from pyggcr._gostd.json import marshal

        return marshal(value).decode()
    return json.dumps(value)  # true, false, null


def _number(value: float) -> str:
    """A float as encoding/json writes it: with an exponent only below 1e-6 and from 1e21 on."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        from decimal import Decimal

        text = format(Decimal(repr(value)), "f")
        return text.removesuffix(".0")
    mantissa, _, exponent = repr(value).partition("e")
    sign, digits = exponent[0], exponent.lstrip("+-0")
    return f"{mantissa.removesuffix('.0')}e{sign}{digits}"


def _is_of(described: v1.Descriptor, data: bytes) -> bool:
    digest, size = v1.sha256(io.BytesIO(data))
    return digest == described.digest and size == described.size


def own_media_type(manifest: bytes) -> str:
    """What a manifest calls itself; empty if it does not, or is no JSON."""
    try:
        document = json.loads(manifest)
    except ValueError:
        return ""
    found = document.get("mediaType", "") if isinstance(document, dict) else ""
    return found if isinstance(found, str) else ""
