"""The kinds of wheels: for what they are built, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True)
class Kind:
    """One wheel of a release.

    Attributes:
        name: what the command line calls it.
        tag: the tag of the wheel's name.
        target: what PYGGCR_TARGET is set to; empty for the pure wheel.
        go_engine: whether the library of the Go engine is in it.
    """

    name: str
    tag: str
    target: str = ""
    go_engine: bool = False

    @property
    def compiled(self) -> bool:
        """Whether anything in it is compiled."""
        return bool(self.target)

    def environment(self) -> dict[str, str]:
        """The variables that make the build produce exactly this wheel."""
        return {
            "PYGGCR_TARGET": self.target,
            "PYGGCR_NATIVE": "require" if self.go_engine else "0",
            "PYGGCR_ACCELERATOR": "require" if self.compiled else "0",
        }


_ABI = "cp310-abi3"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("x86_64", f"{_ABI}-manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17", go_engine=True),
        Kind("aarch64", f"{_ABI}-manylinux_2_17_aarch64", "aarch64-linux-gnu.2.17", go_engine=True),
        Kind("musl-x86_64", f"{_ABI}-musllinux_1_2_x86_64", "x86_64-linux-musl"),
        Kind("musl-aarch64", f"{_ABI}-musllinux_1_2_aarch64", "aarch64-linux-musl"),
        Kind("macos-x86_64", f"{_ABI}-macosx_12_0_x86_64", "x86_64-macos.12.0"),
        Kind("macos-arm64", f"{_ABI}-macosx_12_0_arm64", "aarch64-macos.12.0"),
        Kind("pure", "py3-none-any"),
    )
}
