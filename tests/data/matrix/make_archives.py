"""Makes the archives of this folder, with skopeo and umoci.

    PYTHONPATH=. python tests/data/matrix/make_archives.py

The image is that of ``tools.matrix.forms``; umoci makes its own layers. Folders are
put into a tar; the matrix unpacks them.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tools.matrix.forms.content import APP, REPEATED, Image, Store, go_json, make_tar, member

HERE = Path(__file__).parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = layout(Path(folder) / "app", APP)
        repeated = layout(Path(folder) / "repeated", REPEATED)
        copy(f"oci:{app}:1", f"docker-archive:{fresh('skopeo-docker-archive')}:app:1")
        copy(f"oci:{repeated}:1", f"docker-archive:{fresh('skopeo-repeated')}:dup:1")
        copy(f"oci:{app}:1", f"oci-archive:{fresh('skopeo-oci-archive')}:app:1")
        saved = HERE / "skopeo-docker-archive.tar"
        target = f"oci-archive:{fresh('skopeo-compressed')}:app:1"
        copy(f"docker-archive:{saved}", target)
        target = f"oci-archive:{fresh('skopeo-zstd')}:app:1"
        copy("--dest-compress-format=zstd", f"docker-archive:{saved}", target)
        umoci(Path(folder))


def layout(folder: Path, image: Image) -> Path:
    """A layout of an image, to copy from."""
    store = Store()
    described = store.add_image(image)
    described["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    files = {
        **store.files(),
        "index.json": go_json({"schemaVersion": 2, "manifests": [described]}),
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    }
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def fresh(name: str) -> Path:
    """Where an archive belongs; skopeo writes none over another."""
    path = HERE / f"{name}.tar"
    path.unlink(missing_ok=True)
    return path


def copy(*arguments: str) -> None:
    run("skopeo", "--insecure-policy", "copy", "--quiet", *arguments)


def umoci(folder: Path) -> None:
    """A layout with an image of two layers, of which the second removes a file of the first."""
    made = folder / "umoci"
    source = folder / "files"
    source.mkdir()
    (source / "data.txt").write_bytes(APP.layers[1])
    (source / "motd").write_text("hello\n")
    for path in (source / "data.txt", source / "motd", source):
        os.utime(path, (1700000000, 1700000000))
    history = "--history.created=2026-01-02T03:04:05Z"
    image = f"--image={made}:1"
    run("umoci", "init", f"--layout={made}")
    run("umoci", "new", image)
    run("umoci", "insert", image, history, source, "/srv")
    run("umoci", "insert", image, history, "--whiteout", "/srv/motd")
    run("umoci", "config", image, history, "--created=2026-01-02T03:04:05Z", "--architecture=amd64")
    run("umoci", "gc", f"--layout={made}")
    files = sorted(path for path in made.rglob("*") if path.is_file())
    members = [member(str(path.relative_to(made)), path.read_bytes()) for path in files]
    (HERE / "umoci.tar").write_bytes(make_tar(members))


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
