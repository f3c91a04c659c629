"""Every command that takes an image, as a command line for an image of any form.

``COMMANDS`` has them under the names that the table of docs/cli.md gives them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyggcr.cli import app
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar
from support.command_runner import CliRunner, Result

__all__ = ["COMMANDS", "WITHOUT_ENGINE", "Scene", "invoke"]

# Commands that are asked for no engine, as they work on both or on neither.
WITHOUT_ENGINE = ("doctor", "repair", "differential", "layout gc")


@dataclass
class Scene:
    """What command lines need beside the image.

    Attributes:
        folder: for what is written; it has ``layer.tar`` and ``other.tar``, another image.
        host: of a registry.
    """

    folder: Path
    host: str

    def __post_init__(self) -> None:
        (self.folder / "layer.tar").write_bytes(layer_tar({"b": b"b"}))
        spec = ImageSpec([LayerSpec(layer_tar({"a": b"other"}), "gzip")], tags=["other:1"])
        (self.folder / "other.tar").write_bytes(docker_save([spec]))
        self._count = 0

    def to(self) -> list[str]:
        """The options that write a result to a layout of its own."""
        return ["--output", f"oci:{self.new()}", "--tag", "result:1"]

    def new(self) -> str:
        """A path that nobody has used."""
        self._count += 1
        return f"{self.folder}/new-{self._count}"


Line = Callable[[str, Scene], list[str]]

COMMANDS: dict[str, Line] = {
    "inspect": lambda image, _: ["inspect", image],
    "layers": lambda image, _: ["layers", image],
    "digest": lambda image, _: ["digest", image],
    "manifest": lambda image, _: ["manifest", image],
    "config": lambda image, _: ["config", image],
    "validate": lambda image, _: ["validate", image],
    "export": lambda image, at: ["export", image, at.new()],
    "files": lambda image, _: ["files", image],
    "cat": lambda image, _: ["cat", image, "a"],
    "extract": lambda image, at: ["extract", image, at.new()],
    "diff": lambda image, at: ["diff", image, f"{at.folder}/other.tar"],
    "diff (second)": lambda image, at: ["diff", f"{at.folder}/other.tar", image],
    "push": lambda image, at: ["push", image, f"{at.host}/pushed:1"],
    "copy": lambda image, at: ["copy", image, f"oci:{at.new()}"],
    "pull": lambda image, at: ["pull", image, f"oci:{at.new()}"],
    "convert": lambda image, at: ["convert", image, *at.to()],
    "build --base": lambda image, at: ["build", "--base", image, "--file", "x=y", *at.to()],
    "append --base": lambda image, at: [
        "append", "--base", image, "--new_layer", f"{at.folder}/layer.tar", *at.to()
    ],
    "mutate": lambda image, at: ["mutate", image, "--env", "A=B", *at.to()],
    "flatten": lambda image, at: ["flatten", image, *at.to()],
    "rebase": lambda image, at: [
        "rebase", image, "--old_base", f"{at.folder}/base.tar", "--new_base",
        f"{at.folder}/other.tar", *at.to()
    ],
    "rebase --new_base": lambda image, at: [
        "rebase", f"{at.folder}/other.tar", "--old_base", f"{at.folder}/other.tar", "--new_base",
        image, *at.to()
    ],
    "index list": lambda image, _: ["index", "list", image],
    "index filter": lambda image, at: [
        "index", "filter", image, "--platform", "linux/arm64", *at.to()
    ],
    "index append": lambda image, at: [
        "index", "append", image, "--manifest", f"{at.folder}/other.tar", *at.to()
    ],
    "index append --manifest": lambda image, at: [
        "index", "append", "--manifest", image, *at.to()
    ],
    "edit config": lambda image, at: ["edit", "config", image, *at.to()],
    "edit manifest": lambda image, at: ["edit", "manifest", image, *at.to()],
    "edit fs": lambda image, at: ["edit", "fs", image, "--filename", "new", *at.to()],
    "doctor": lambda image, _: ["doctor", image],
    "repair": lambda image, at: ["repair", image, at.new()],
    "differential": lambda image, _: ["differential", image],
    "layout gc": lambda image, _: ["layout", "gc", "--dry-run", image],
    "artifact attach": lambda image, at: [
        "artifact", "attach", image, f"{at.folder}/layer.tar", "--artifact-type", "text/x"
    ],
    "artifact list": lambda image, _: ["artifact", "list", image],
    "artifact pull": lambda image, at: ["artifact", "pull", image, "--output", at.new()],
    "referrers": lambda image, _: ["referrers", image],
    "tag": lambda image, _: ["tag", image, "other"],
    "delete": lambda image, _: ["delete", image],
}  # fmt: skip


def invoke(*arguments: str, given: bytes = b"") -> Result:
    """Run a command line in this process.

    Args:
        arguments: of the command line.
        given: its standard input.
    """
    return CliRunner().invoke(app, list(arguments), input=given)
