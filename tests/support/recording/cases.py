"""What there is to ask: the cases, by name, and the answers of each.

A case is what one worker does in one go, say an archive or a scenario of the command line. Its
answers come in groups; a case and a group together are the key of a recorded answer.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from support.recording import adapter, bench, calls, commands, images, made, scenarios
from support.recording.images import Answers, attempt
from support.recording.normalising import DATA

__all__ = ["INFORMATION", "answer", "names"]

Groups = dict[str, Answers]

_ENGINES = ("go", "python")
# The engine of the commands or calls, and that of the registry.
_PAIRS = ("go-go", "python-python", "go-python")
_ALONE = ("go-go", "python-python")

# Cases whose differences are told, but are no failure.
INFORMATION = ("help", "names")


def names(extra: Path | None = None) -> list[str]:
    """All cases, those that take long first; ``extra`` is a folder with more archives."""
    found = [
        f"cli:{scenario.name}:{pair}"
        for scenario in sorted(scenarios.SCENARIOS.values(), key=lambda it: -len(it.steps))
        for pair in (_PAIRS if "registry" in scenario.needs else _ALONE)
    ]
    for table in calls.ENGINES:
        found += [f"api:{table}:{pair}" for pair in (_PAIRS if table == "remote" else _ALONE)]
    found += [f"value:{table}" for table in calls.VALUES]
    found += INFORMATION
    found += [f"fixture:{path.relative_to(DATA)}" for path in _fixtures()]
    found += [f"extra:{path}" for path in (sorted(extra.rglob("*.tar")) if extra else ())]
    return found + [f"made:{name}" for name in made.names()]


def _fixtures() -> list[Path]:
    return sorted((DATA / "docker").rglob("*.tar")) + sorted((DATA / "tar").rglob("*.tar"))


def answer(case: str, archives: Path | None = None, *, only: str = "") -> Groups:
    """All answers of a case, by their groups.

    Args:
        case: its name.
        archives: the folder that keeps the archives that are made up.
        only: of a scenario of the command line, only the steps that match.
    """
    kind, _, rest = case.partition(":")
    if kind == "cli":
        name, pair = rest.split(":")
        return commands.play(scenarios.SCENARIOS[name], *pair.split("-"), only=only)
    if kind == "api":
        name, pair = rest.split(":")
        return _each(bench.ask(calls.ENGINES[name](), *pair.split("-")))
    if kind == "value":
        return _each(bench.ask(calls.VALUES[rest], "python", "python"))
    if kind == "help":
        return commands.help_texts()
    if kind == "names":
        return {
            module or "pyggcr": {"__all__": attempt(adapter.exported, module)}
            for module in adapter.PUBLIC_MODULES
        }
    if kind == "made":
        return _of_made(rest, archives)
    if kind not in ("fixture", "extra"):
        raise LookupError(f"there are no cases such as {case}")
    return _of_archive(DATA / rest if kind == "fixture" else Path(rest), whole=True)


def _each(answers: Answers) -> Groups:
    return {name: {"answer": answer} for name, answer in answers.items()}


def _of_made(name: str, archives: Path | None) -> Groups:
    groups: Groups = {"generation": attempt(lambda: made.generation(name))}
    data, _ = made.make(name, archives)
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        path = Path(folder) / "archive.tar"
        path.write_bytes(data)
        return {**groups, **_of_archive(path, whole=False)}


def _of_archive(path: Path, *, whole: bool) -> Groups:
    """Answers about an archive; ``whole``: everything, however long it takes."""
    groups: Groups = {}
    for engine in _ENGINES:
        groups[f"{engine} images"] = images.manifest_and_images(path, engine)
        groups[f"{engine} further"] = images.further(path, engine)
        with tempfile.TemporaryDirectory(prefix="recording-") as folder:
            groups[f"{engine} written"] = images.written(path, engine, Path(folder))
    groups["store"] = images.stored(path, whole=whole)
    groups["doctor"] = images.diagnosis(path)
    compressions = ("keep", "gzip", "plain") if whole else ("keep",)
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        groups["repair"] = images.repaired(path, Path(folder), compressions)
    return groups
