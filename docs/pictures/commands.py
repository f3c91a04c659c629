# ruff: noqa: INP001
"""Pictures of every command that may last, 80 and 40 columns wide: each as tmux shows a real run.

``python docs/pictures/commands.py [COMMAND]…`` needs tmux. Progress is drawn from the first moment
on, not after half a second, as the archive is small.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from make import FORMAT, PICTURES
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from pyggcr import registry
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)

WIDE, NARROW = 80, 40
ROWS = 60
_FEW, _MOST = 3, 40  # lines of progress, and of what is shown of a screen
LAYER = 12_000_000  # bytes, which cannot be compressed

# The command line, but for when progress begins.
PROGRAM = """
import sys
from pyggcr.cli import main, progress_line
progress_line._DELAY = progress_line._EVERY = 0.02
sys.argv[:1] = ["pyggcr"]
main()
"""

# What is drawn of each command: its words, with HOST for a registry.
COMMANDS = {
    "inspect": "inspect app.tar",
    "digest": "digest app.tar",
    "layers": "layers app.tar",
    "validate": "validate app.tar",
    "push": "push app.tar HOST/team/app:1",
    "pull": "pull HOST/team/app:1 pulled.tar",
    "copy": "copy HOST/team/app:1 oci:copied",
    "export": "export HOST/team/app:1 files.tar",
    "files": "files app.tar",
    "cat": "cat app.tar etc/motd",
    "extract": "extract app.tar files",
    "diff": "diff app.tar other.tar",
    "differential-archive": "differential app.tar",
    "build": "build --add other.tar:/srv/other.tar -o oci:built",
    "convert": "convert app.tar --compression zstd -o oci:zstd",
    "append": "append -b app.tar -f layer.tar -o appended.tar",
    "mutate": "mutate app.tar --env A=B -o oci:mutated",
    "rebase": "rebase app.tar --old_base base.tar --new_base base.tar -o oci:rebased",
    "flatten": "flatten app.tar -o flat.tar",
    "index": "index append -m app.tar -o oci:index",
    "artifact": "artifact push HOST/team/files:1 layer.tar",
    "blob": "blob HOST/team/app@DIGEST",
    "doctor-deep": "doctor --deep app.tar",
    "repair": "repair app.tar repaired.tar",
    "bench": "bench --quick",
}


def archives(folder: Path) -> None:
    """Write the archives that the commands work on."""
    made = random.Random(1)  # noqa: S311  (nothing secret)
    layers = [
        make_tar([member("etc/motd", b"Hello.\n"), member(f"srv/{n}", made.randbytes(LAYER))])
        for n in range(4)
    ]
    for name, chosen in (("app", (0, 1, 2)), ("other", (0, 1, 3)), ("base", (0,))):
        image = ImageSpec([LayerSpec(layers[n]) for n in chosen], tags=[f"{name}:1"])
        (folder / f"{name}.tar").write_bytes(docker_save([image]))
    (folder / "layer.tar").write_bytes(layers[3])


class Tmux:
    """A terminal of a width."""

    def __init__(self, width: int, folder: Path) -> None:
        self._name = f"pyggcr-{os.getpid()}-{width}"
        self._width = width
        self._folder = folder

    def _run(self, *words: str) -> str:
        command = ["tmux", "-L", self._name, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603

    @contextlib.contextmanager
    def running(self, words: list[str], environment: dict[str, str]) -> Iterator[None]:
        """Run a command; the screen stays after its end."""
        done = self._folder / "done"
        done.unlink(missing_ok=True)
        shell = f"{shlex.join([sys.executable, '-c', PROGRAM, *words])}; touch {done}; sleep 600"
        if words[0] == "blob":
            shell = shell.replace("; touch", " >/dev/null; touch")
        given = [f"{name}={value}" for name, value in environment.items()]
        size = ["-x", str(self._width), "-y", str(ROWS)]
        command = ["env", "-u", "NO_COLOR", "-u", "COLUMNS", *given, "sh", "-c", shell]
        self._run("-f", "/dev/null", "new-session", "-d", "-c", str(self._folder), *size, *command)
        try:
            yield
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("kill-server")

    def screen(self) -> str:
        """What it shows, with colours."""
        return self._run("capture-pane", "-p", "-e").rstrip()

    def shots(self, words: list[str], environment: dict[str, str]) -> tuple[str, str]:
        """The screen while progress was furthest, and at the end."""
        moving = ""
        with self.running(words, environment):
            until = time.monotonic() + 300
            while not (self._folder / "done").exists():
                assert time.monotonic() < until, words
                now = self.screen()
                if now.count("\n") < _FEW and ("%" in now or " MB" in now):
                    moving = now
                time.sleep(0.01)
            time.sleep(0.1)
            return moving, self.screen()


def draw(name: str, shown: str, screens: dict[int, tuple[str, str]]) -> None:
    """Write NAME.svg: what both terminals show, while the command runs and at its end."""
    console = Console(record=True, width=WIDE + 4, file=io.StringIO(), highlight=False)
    for width, (moving, end) in screens.items():
        text = Text.assemble(("$ ", "green"), shown, "\n")
        if moving:
            text.append_text(Text.from_ansi(moving)).append("\n")
        lines = end.split("\n")
        if len(lines) > _MOST:
            lines[_MOST:] = ["⋮"]
        text.append_text(Text.from_ansi("\n".join(lines)))
        text.rstrip()
        title = f"{width} columns"
        console.print(Panel(text, box=box.ROUNDED, title=title, width=width + 4, style="default"))
    picture = console.export_svg(title="pyggcr", code_format=FORMAT, unique_id=f"pyggcr-{name}")
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def main(names: list[str]) -> None:
    """Draw these, or all."""
    from pyggcr import crane

    with tempfile.TemporaryDirectory() as where, registry.serve() as server:
        folder = Path(where)
        archives(folder)
        with crane.load(folder / "app.tar") as image:
            crane.push(image, f"{server.host}/team/app:1")
            digest = str(image.layers()[2].digest())
        for name in names or COMMANDS:
            screens = {}
            for width in (WIDE, NARROW):
                place = Path(tempfile.mkdtemp(dir=folder))
                for archive in folder.glob("*.tar"):
                    (place / archive.name).symlink_to(archive)
                with registry.serve() as empty:
                    host = empty.host if name in ("push", "artifact") else server.host
                    words = COMMANDS[name].replace("HOST", host).replace("DIGEST", digest)
                    screens[width] = Tmux(width, place).shots(
                        words.split(), {"HOME": str(place), "TERM": "screen-256color"}
                    )
            draw(name, f"pyggcr {words}", screens)
            print(name, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
