"""``sync``: copies what a file lists."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json, write_line
from pyggcr.cli.progress import item_progress, paused
from pyggcr.cli.registry_options import RegistryChoice, registry_choice
from pyggcr.cli.signals import exit_on_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.sync import Config, Result

__all__ = ["sync"]

_STANDARD = "-"
_ENOUGH = 2 << 20  # bytes, of which a file has fewer
_WIDTH = len("present")
# What the actions are called in a summary, in its order.
_SUMMARY = {
    "missing": "to copy",
    "copied": "copied",
    "present": "present",
    "done": "done before",
    "kept": "kept",
    "failed": "failed",
}


@reader.command()
@reader.argument("file", metavar="[FILE]", required=False)
@reader.option("--dry-run", is_flag=True, help="Print what would be copied, and copy nothing")
@reader.option("--check", is_flag=True, help="Check FILE, and ask no registry")
@reader.option("--schema", is_flag=True, help="Print the JSON schema of FILE, for editors")
@reader.option(
    "--state", metavar="STATE", help="Keep what is done in STATE, and resume after an interruption"
)
@reader.option(
    "--jobs",
    "-j",
    metavar="N",
    type=reader.IntRange(min=1),
    help="Copy N images at once (default: as FILE says, or 4)",
)
@as_json
@registry_choice
def sync(
    file: str | None,
    dry_run: bool,
    check: bool,
    schema: bool,
    state: str | None,
    jobs: int | None,
    as_json: bool,
    choice: RegistryChoice,
) -> int:
    """Copy the images that FILE lists, in YAML, to registries and folders that lack them.

    FILE may be - for standard input. Nothing is ever deleted. Exit codes: 0 all is there; 1 some
    images failed; 2 FILE is wrong, or wrong usage.
    """
    from pyggcr.sync import json_schema

    if schema:
        _refuse_with("--schema", file, dry_run, check, state, jobs)
        write_json(json_schema())
        return 0
    if file is None:
        raise reader.UsageError("Missing argument 'FILE'.")
    if check:
        _refuse_with("--check", None, dry_run, False, state, jobs)
    if dry_run and state is not None:
        raise reader.UsageError("--dry-run does nothing that --state could keep.")
    if choice.platform is not None:
        raise reader.UsageError("--platform is not for sync: FILE says which platforms are copied.")
    config = _read(file)
    if check:
        return _checked(config, file, as_json)
    with exit_on_signals():
        return _run(config, dry_run, state, jobs, as_json, choice)


def _refuse_with(option: str, *others: object) -> None:
    if any(others):
        raise reader.UsageError(f"{option} stands alone.")


def _read(file: str) -> Config:
    from pyggcr._os.file import path_error
    from pyggcr.sync import parse_config

    if file == _STANDARD:
        return parse_config(sys.stdin.buffer.read(_ENOUGH), "standard input")
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(_ENOUGH)
    except OSError as error:
        raise path_error("open", file, error) from None
    return parse_config(data, file)


def _checked(config: Config, file: str, as_json: bool) -> int:
    if as_json:
        write_json({"file": file, "entries": len(config.entries)})
    else:
        count = len(config.entries)
        write_line(f"{file}: {count} {'entry' if count == 1 else 'entries'}")
    return 0


def _run(
    config: Config,
    dry_run: bool,
    state: str | None,
    jobs: int | None,
    as_json: bool,
    choice: RegistryChoice,
) -> int:
    from pyggcr.sync import run

    options = choice.options()
    if jobs is not None:
        options["jobs"] = jobs
    with item_progress("comparing" if dry_run else "copying", None) as advance:
        numbers = itertools.count(1)

        def tell(result: Result) -> None:
            advance(next(numbers), "images")
            if not as_json:
                _write_result(result)

        results = run(config, dry_run=dry_run, state=state, on_result=tell, **options)
    counts = {action: sum(it.action == action for it in results) for action in _SUMMARY}
    if as_json:
        write_json(
            {"dry_run": dry_run, "counts": counts, "images": [it.to_json() for it in results]}
        )
    else:
        summary = [f"{count} {_SUMMARY[action]}" for action, count in counts.items() if count]
        write_line(", ".join(summary) or "nothing to copy")
    return 1 if counts["failed"] else 0


def _write_result(result: Result) -> None:
    action = "copy" if result.action == "missing" else result.action
    where = f"{result.source} -> {result.target}" if result.target else result.source
    line = f"{action.ljust(_WIDTH)}  {where}"
    if result.error:
        line += f": {result.error}"
    elif result.digest:
        line += f"  {result.digest}"
    if result.attached:
        line += f"  +{result.attached} attached"
    with paused():
        write_line(line)
        sys.stdout.flush()
