"""Edit a config, a manifest or a file of an image: the commands ``crane edit config|manifest|fs``.

The content is changed by a function, or replaced by given bytes; ``edited_by_editor`` starts the
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, TypeAlias

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
    """The editor cannot be started, or reports a failure (``exec.Error``, ``exec.ExitError``)."""


def edit_config(reference: str, edit: Edit, *, tag: str = "", **options: Unpack[Options]) -> str:
    """Edit the config file of an image in a registry (``crane edit config``).

    The rest of the manifest is kept, although it is rewritten with sorted keys. The new config is
    not checked.

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        edit: the new content, or a function that makes it from the old content.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The reference of the result.

    Raises:
        Error: the manifest has no config; and whatever ``edit`` raises.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
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
    """Make the new config file and manifest of an image.

    Args:
        image: the image.
        edit: the new content, or a function that makes it from the old content.

    Returns:
        The new config file, its descriptor, and the manifest with that descriptor.

    Raises:
        Error: the manifest has no config, or the image cannot be read; and whatever ``edit``
            raises.
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
    """Return an image with other documents and the same layers.

    Args:
        image: has the layers, and the config if no other is given.
        manifest: the new manifest.
        media_type: its media type.
        config: the new config file; ``None`` to keep the old one.

    Returns:
        The new image.
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
    """Edit a manifest of any kind in a registry (``crane edit manifest``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        edit: the new content, or a function that makes it from the old content.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        media_type: the media type of the new manifest; default: the one it contains, else that of
            the old manifest.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The reference of the result.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: whatever ``edit`` raises.
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
    """Edit a file of an image in a registry, by adding a layer with it (``crane edit fs``).

    Args:
        reference: a reference, such as ``registry.example.com/team/app:1.0``.
        filename: the file; it need not exist.
        edit: the new content, which makes a new file with mode 0555; or a function of the old
            content and the extension of the name, which keeps owner, mode and so on.
        tag: the reference of the result; default: that of the image, which is overwritten. An image
            by digest is pushed by its new digest.
        created_by: the entry of the layer in the history; crane puts its command line there.
            Default empty.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The reference of the result.

    Raises:
        ArchiveError: a layer is not a tar.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: whatever ``edit`` raises.
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
    """Read a file of an image.

    Args:
        image: the image, whose layers are read.
        filename: the file.
        new_mode: permissions of a file that does not exist.

    Returns:
        Content and header; of a file that does not exist, no content and a new header.

    Raises:
        ArchiveError: a layer is not a tar.
        Error: an image cannot be read; the subclass says why.
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
    """Make a layer with one file.

    Args:
        header: the tar header of the file; its size is set.
        content: the content.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The layer.

    Raises:
        ArchiveError: a tar cannot hold the header.
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
    """Tell whether crane would start an editor.

    Args:
        streams: the standard streams.

    Returns:
        True if all are terminals, or devices like /dev/null.
    """
    try:
        modes = [os.fstat(stream.fileno()).st_mode for stream in streams]
    except (OSError, ValueError):
        return False
    return all(map(stat.S_ISCHR, modes))


def edited_by_editor(
    content: bytes, extension: str, *, program: str = "crane", command: Sequence[str] = ()
) -> bytes:
    """Let the user edit bytes in the editor that ``EDITOR`` names, or in vi (internal/editor).

    Args:
        content: what to edit. It is written to a temporary file, which is deleted afterwards.
        extension: the end of the file's name.
        program: the beginning of the file's name; default ``crane``.
        command: the editor and its arguments, in place of ``EDITOR``.

    Returns:
        The content of the file when the editor ends.

    Raises:
        EditorError: there is no such editor, or it reports a failure.
        FileAccessError: the file cannot be written, or not be read afterwards.
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
    """A manifest of which only the bytes and the media type are known.

    It can be put into a registry that has everything it refers to.
    """

    def __init__(self, raw: bytes, media_type: MediaType) -> None:
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        """Return the media type.

        Returns:
            The media type.
        """
        return self._media_type

    def digest(self) -> v1.Hash:
        """Return the hash of the bytes.

        Returns:
            The SHA-256 hash.
        """
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        """Return the size.

        Returns:
            Bytes.
        """
        return len(self._raw)

    def raw_manifest(self) -> bytes:
        """Return the bytes.

        Returns:
            The document.
        """
        return self._raw

    def index_manifest(self) -> v1.IndexManifest:
        """Parse the bytes as an index, without checking that they are one.

        Returns:
            The index manifest.

        Raises:
            JSONError: they are malformed.
            TruncatedError: they end too early.
            InvalidHashError: a digest is malformed.
        """
        return v1.parse_index_manifest(self._raw)

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Refuse, because the entries are not known.

        Args:
            digest: the digest of the image.

        Returns:
            Nothing.

        Raises:
            Error: always.
        """
        raise Error(f"could not find descriptor in index: {digest}")

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """Refuse, because the entries are not known.

        Args:
            digest: the digest of the index.

        Returns:
            Nothing.

        Raises:
            Error: always.
        """
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
    """Return the media type that a manifest contains.

    Args:
        manifest: the bytes.

    Returns:
        The media type; empty if there is none, or the bytes are not JSON.
    """
    try:
        document = json.loads(manifest)
    except ValueError:
        return ""
    found = document.get("mediaType", "") if isinstance(document, dict) else ""
    return found if isinstance(found, str) else ""
