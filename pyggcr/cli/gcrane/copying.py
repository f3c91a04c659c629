"""``gcrane copy``: an image, or with ``--recursive`` a repository and all below it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from pyggcr.cli.crane.session import Session
    from pyggcr.gcrane import Options
else:
    from pyggcr._typing import cast

__all__ = ["copy"]


def copy(session: Session) -> None:
    """``gcrane copy SRC DST``; of the root's flags it knows ``--platform`` alone."""
    from pyggcr import gcrane

    source, target = session.arguments
    options = cast("Options", session.plain_options())
    if session.platform is not None:
        options["platform"] = session.platform
    if session.flag("recursive"):
        options["jobs"] = session.flag("jobs")
        gcrane.copy_repository(source, target, **options)
    else:
        gcrane.copy(source, target, **options)
