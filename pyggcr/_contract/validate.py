"""pkg/v1/validate: whether images, indexes and layers contradict themselves."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
else:
    from pyggcr._typing import Protocol

__all__ = ["ValidateEngine"]


class ValidateEngine(Protocol):
    """The checks of an engine; each raises ``ValidationError`` with everything that is wrong.

    ``fast`` checks only that the layers can be opened.
    """

    def image(self, *, image: v1.Image, fast: bool) -> None:
        """Check an image (``validate.Image``)."""

    def index(self, *, index: v1.ImageIndex, fast: bool) -> None:
        """Check an index and everything it lists (``validate.Index``)."""

    def layer(self, *, layer: v1.Layer, fast: bool) -> None:
        """Check a layer (``validate.Layer``)."""
