"""The contests with other tools and libraries: their names, and who takes part."""

from __future__ import annotations

__all__ = ["LIBRARY_JOBS", "PYGGCR", "RIVALS", "SHELL_JOBS", "library_contest", "shell_contest"]

PYGGCR = "pyggcr"

SHELL_JOBS = ("push", "pull", "copy", "list 10,000 tags", "read a manifest")
LIBRARY_JOBS = SHELL_JOBS


def shell_contest(job: str) -> str:
    """The name of a contest between commands."""
    return f"{job}, other tools"


def library_contest(job: str) -> str:
    """The name of a contest between Python libraries."""
    return f"{job}, Python libraries"


RIVALS: dict[str, tuple[str, ...]] = {
    **{shell_contest(job): ("skopeo", "regctl") for job in SHELL_JOBS},
    **{library_contest(job): ("oras", "python-dxf") for job in LIBRARY_JOBS},
    library_contest("import"): ("oras", "python-dxf", "docker"),
    library_contest("load into a Docker daemon"): ("docker",),
}
