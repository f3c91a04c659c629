"""The result of copying one image, as plain values."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal
else:
    from pyggcr._typing import Literal


__all__ = ["Action", "Result"]

Action = Literal["copied", "present", "kept", "missing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of copying one image.

    Attributes:
        action: ``copied``; ``present``, if the target has the image already; ``kept``, if the
            target has another image under this tag, which ``overwrite: false`` protects;
            ``missing``, if a run without ``dry_run`` would copy it; ``done``, if an interrupted
            run had copied it; or ``failed``.
        source: the reference of the source; its repository or registry if listing that failed.
        target: the target; empty if it is not known, because listing the source failed.
        digest: the digest of the copy; empty if it is not known.
        attached: how many manifests attached to the image were copied, or are missing.
        error: the text of the error; empty if there was none.
    """

    action: Action
    source: str
    target: str
    digest: str = ""
    attached: int = 0
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the result as a document.

        Returns:
            A dict of the attributes, ready for ``json.dumps``; empty texts are ``None``.

        Examples:
            >>> Result("present", "a.example/app:1", "b.example/app:1").to_json()["digest"] is None
            True
        """
        return {
            "action": self.action,
            "source": self.source,
            "target": self.target or None,
            "digest": self.digest or None,
            "attached": self.attached,
            "error": self.error or None,
        }
