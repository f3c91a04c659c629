"""Changes OCI layouts as tests/support/go/layouts/main.go does, and lists what is in them."""

from __future__ import annotations

import base64
import io
import stat
from pathlib import Path
from typing import Any

from pyggcr import empty, errors, layout, match, tarball, v1


def run(task: dict[str, Any], engine: str) -> list[dict[str, str]]:
    """What the steps of a task answer."""
    answers = []
    for step in task["Steps"]:
        try:
            found = _do(task, step, engine)
            answers.append({"Error": "", "Found": found or ""})
        except errors.Error as error:
            answers.append({"Error": str(error), "Found": ""})
    return answers


def _do(task: dict[str, Any], step: dict[str, Any], engine: str) -> str | None:  # noqa: C901
    folder = task["Folder"]
    path = layout.Path(folder)
    digest = v1.to_hash(step["Digest"]) if "Digest" in step else v1.Hash()
    data = base64.b64decode(step.get("Data", ""))
    options: dict[str, Any] = {
        "annotations": step.get("Annotations"),
        "urls": step.get("URLs"),
        "platform": v1.parse_platform(step["Text"]) if "Platform" in step else None,
    }

    def image() -> v1.Image:
        return tarball.image_from_path(step["Archive"], engine=engine)

    def source() -> v1.ImageIndex:
        return layout.image_index_from_path(task["Source"])

    match step["Do"]:
        case "from_path":
            layout.from_path(folder)
        case "write_empty":
            layout.write(folder, empty.index(engine=engine))
        case "write":
            layout.write(folder, source())
        case "append_image":
            path.append_image(image(), **options)
        case "append_index":
            path.append_index(source(), **options)
        case "append_empty_index":
            path.append_index(empty.index(engine=engine), **options)
        case "append_descriptor":
            path.append_descriptor(v1.Descriptor("text/plain", 3, digest))
        case "replace_image":
            path.replace_image(image(), match_digest(digest), **options)
        case "replace_index":
            path.replace_index(source(), match_digest(digest), **options)
        case "remove_descriptors":
            path.remove_descriptors(match_digest(digest))
        case "remove_all":
            path.remove_descriptors(lambda _: True)
        case "write_file":
            path.write_file(step["Name"], data, step["Mode"])
        case "write_blob":
            path.write_blob(digest, io.BytesIO(data))
        case "remove_blob":
            path.remove_blob(digest)
        case "bytes":
            return path.bytes(digest).decode()
        case "image":
            return str(path.image(digest).digest())
        case "image_index":
            return path.image_index().image_index(digest).raw_manifest().decode()
        case "garbage_collect":
            return f"[{' '.join(map(str, path.garbage_collect()))}]"
        case "link":
            Path(folder, "blobs", digest.algorithm, digest.hex).symlink_to(step["Name"])
    return None


def match_digest(digest: v1.Hash) -> Any:
    """The matcher of one digest."""
    return match.digests(digest)


def tree(folder: Path) -> dict[str, tuple[str, bytes | None]]:
    """Mode and content of everything in a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = stat.filemode(path.lstat().st_mode)
        found[str(path.relative_to(folder))] = (mode, path.read_bytes() if path.is_file() else None)
    return found
