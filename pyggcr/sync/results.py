"""What became of an image of a file of ``sync``. Values only."""

from __future__ import annotations

from typing import Any, Literal

from pyggcr._dataclasses import dataclass

__all__ = ["Action", "Result"]

Action = Literal["copied", "present", "kept", "missing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an image.

    Attributes:
        action: ``copied``; ``present``, for it was there; ``kept``, as the target's tag is another
            and must not be moved; ``missing``, which a run without ``dry_run`` copies; ``done``
            before this run was interrupted; ``failed``.
        source: where it is.
        target: where it goes; empty where a list failed.
        digest: of what is copied; empty if it is not known.
        attached: how many manifests that are attached to it were copied, or are missing.
        error: why it failed.
    """

    action: Action
    source: str
    target: str
    digest: str = ""
    attached: int = 0
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result, ready for ``json.dumps``."""
        return {
            "action": self.action,
            "source": self.source,
            "target": self.target or None,
            "digest": self.digest or None,
            "attached": self.attached,
            "error": self.error or None,
        }
