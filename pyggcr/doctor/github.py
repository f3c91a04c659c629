"""Convert a report to workflow commands of GitHub Actions, which become annotations of files.

There is one line for each finding that is not known, with its severity, and one for each archive
that could not be read. Texts are escaped as in GitHub's actions/toolkit (command.ts).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyggcr.doctor.catalogue import Severity
from pyggcr.doctor.report import Checkup, Finding, Report, in_one_line

__all__ = ["to_github"]

_COMMANDS: dict[Severity, str] = {"info": "notice", "warning": "warning", "error": "error"}


def to_github(report: Report) -> Iterator[str]:
    """Convert a report to workflow commands of GitHub Actions.

    Args:
        report: what ``pyggcr.doctor.diagnose`` returns. Findings that a baseline knows are left
            out.

    Yields:
        The commands, such as ``::warning file=app.tar,title=…::…``, without the end of the line.

    >>> from pyggcr.doctor import Checkup, Report
    >>> list(to_github(Report((Checkup("gone.tar", reason="no such file"),))))
    ['::error title=unreadable::gone.tar: cannot be read: no such file']
    """
    for checkup in report.checkups:
        if not checkup.readable:
            yield _command("error", checkup.path, "unreadable", f"cannot be read: {checkup.reason}")
        yield from (_annotation(found) for found in _new(checkup))


def _new(checkup: Checkup) -> Iterator[Finding]:
    return (finding for finding in checkup.findings if not finding.known)


def _annotation(finding: Finding) -> str:
    where = str(finding.place)
    lines = [f"{where}: {finding.message}" if where else finding.message]
    lines += [f"Fails: {text}" for text in finding.fails_in_words]
    lines.append(f"Remedy: {finding.remedy}")
    title = f"{finding.code} {finding.entry.name}"
    text = "\n".join(map(in_one_line, lines))
    return _command(_COMMANDS[finding.severity], finding.place.file, title, text)


def _command(command: str, path: str, title: str, text: str) -> str:
    properties = [f"title={_property(in_one_line(title))}"]
    # What is no file, such as docker-daemon:app:1, cannot be shown beside one.
    if os.path.lexists(path):
        properties.insert(0, f"file={_property(in_one_line(_from_here(path)))}")
    else:
        text = f"{in_one_line(path)}: {text}"
    return f"::{command} {','.join(properties)}::{_data(text)}"


def _from_here(path: str) -> str:
    """A path below the working folder, which is that of the checkout, relative to it."""
    if not os.path.isabs(path):  # noqa: PTH117
        return path
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
