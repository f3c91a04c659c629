"""Makes the archives of this folder, with GNU tar and with Go, and records what Go reads.

    python make_archives.py

It needs GNU tar and Go; ``archives`` and ``recorded.json`` are written anew.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ARCHIVES = HERE / "archives"

# What each archive is made with, and of what.
PLAIN = ("file", "folder", "symbolic", "hard", "empty")
LONG = "n" * 150
SPARSE = ["--format=posix", "--sparse"]
GNU_TAR = {
    "v7": (["--format=v7"], PLAIN),
    "ustar": (["--format=ustar"], (*PLAIN, "pipe")),
    "gnu": (["--format=gnu"], (*PLAIN, LONG, "long-link")),
    "gnu-incremental": (["--format=gnu", "--incremental"], ("folder",)),
    "oldgnu-sparse": (["--format=oldgnu", "--sparse"], ("few-holes", "many-holes", "file")),
    "posix": (["--format=posix"], (*PLAIN, LONG, "long-link")),
    "posix-sparse-0.0": ([*SPARSE, "--sparse-version=0.0"], ("few-holes", "file")),
    "posix-sparse-0.1": ([*SPARSE, "--sparse-version=0.1"], ("few-holes", "file")),
    "posix-sparse-1.0": ([*SPARSE, "--sparse-version=1.0"], ("few-holes", "many-holes", "file")),
    "posix-global": (["--format=posix", "--pax-option=comment=hello,globexthdr.name=g"], ("file",)),
}
ALWAYS = ["--mtime=@1700000000", "--owner=root:0", "--group=staff:50", "--blocking-factor=1"]
HOLE = 4096  # the least that file systems here leave out


def main() -> None:
    ARCHIVES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder))
        for name, (options, members) in GNU_TAR.items():
            command = ["tar", *ALWAYS, *options, "--create", "--file=-", *members]
            made = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
            (ARCHIVES / f"{name}.tar").write_bytes(made.stdout)
    made = subprocess.run(["go", "run", HERE / "write.go"], check=True, stdout=subprocess.PIPE)
    (ARCHIVES / "go.tar").write_bytes(made.stdout)
    command = ["go", "run", HERE / "record.go", *sorted(ARCHIVES.iterdir())]
    record = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    (HERE / "recorded.json").write_bytes(record.stdout)


def make_files(folder: Path) -> None:
    (folder / "file").write_bytes(b"content\n" * 80)
    (folder / "empty").touch()
    (folder / "folder").mkdir()
    (folder / "folder" / "ünï").write_bytes(b"inside")
    (folder / "folder" / os.fsdecode(b"not \xff UTF-8")).write_bytes(b"x" * 512)
    (folder / "symbolic").symlink_to("folder/ünï")
    os.link(folder / "file", folder / "hard")
    os.mkfifo(folder / "pipe")
    (folder / LONG).write_bytes(b"long")
    (folder / "long-link").symlink_to("l" * 150)
    make_sparse(folder / "few-holes", pieces=2)
    make_sparse(folder / "many-holes", pieces=6)


def make_sparse(path: Path, pieces: int) -> None:
    with path.open("wb") as file:
        for piece in range(pieces):
            file.seek((2 * piece + 1) * HOLE)
            file.write(b"data")
        file.truncate((2 * pieces + 1) * HOLE)


if __name__ == "__main__":
    main()
