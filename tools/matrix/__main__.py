"""``python -m tools.matrix``: see the package."""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.matrix.archives import ARCHIVES, Archive, digest_of, write_archive
from tools.matrix.cranes import built
from tools.matrix.page import write
from tools.matrix.releases import Crane, all_cranes
from tools.matrix.results import PATH, Results
from tools.matrix.runs import Outcome, outcomes

_JOBS = 2  # at once

Outcomes = dict[tuple[str, Crane], dict[str, Outcome]]


def main() -> None:
    """Run what has to be run."""
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=__doc__)
    parser.add_argument("--again", action="store_true", help="run everything, changed or not")
    parser.add_argument("--page", action="store_true", help="only write the page and its picture")
    parser.add_argument("--only", metavar="TEXT", default="", help="archives with this in the name")
    given = parser.parse_args()
    if not given.page:
        run(given.only, again=given.again)
    write(Results.load())


def run(only: str, *, again: bool) -> None:
    """Run what has changed since the results were written; they are saved after each archive.

    A crane is not run on an archive if both are the same as when it was.

    Args:
        only: what the names of archives have to contain.
        again: run those archives whatever there is.
    """
    before = Results.load(PATH)
    results = Results()
    digests = {name: digest_of(archive) for name, archive in ARCHIVES.items()}
    for name in ARCHIVES:
        if before.archives.get(name) == digests[name] and not (again and only in name):
            results.archives[name] = digests[name]
            for crane in all_cranes():
                if (name, crane) in before.outcomes:
                    results.outcomes[name, crane] = before.outcomes[name, crane]
        elif only not in name and name in before.archives:
            raise SystemExit(f"{name} has changed too: it cannot be left out")
    for name, archive in ARCHIVES.items():
        missing = [crane for crane in all_cranes() if (name, crane) not in results.outcomes]
        if missing and only in name:
            print(f"{name}: {len(missing)} cranes", flush=True)
            results.outcomes.update(_run_archive(archive, missing))
            results.archives[name] = digests[name]
            results.save(PATH)
    ordered = {name: results.archives[name] for name in ARCHIVES if name in results.archives}
    results.archives = ordered
    results.save(PATH)


def _run_archive(archive: Archive, cranes: list[Crane]) -> Outcomes:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_JOBS) as pool:
        path = write_archive(archive, Path(folder))
        programs = [built(crane) for crane in cranes]
        found = pool.map(lambda program: outcomes(program, path), programs)
        return {(archive.name, crane): it for crane, it in zip(cranes, found, strict=True)}


if __name__ == "__main__":
    main()
