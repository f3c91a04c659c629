"""Compares two observations of one image: the Go engine's and the Python engine's.

If both engines write the same gzip, all results are compared. If not, the digests of compressed
layers cannot be equal: then each of them is replaced by its position (``<layers[1].digest>``)
wherever it occurs, and results that are only such a digest or size are left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from pyggcr._dataclasses import dataclass
from pyggcr.differential.accepted import accepted
from pyggcr.differential.observation import Failure, Observation, StreamSummary
from pyggcr.differential.observing import observe_path
from pyggcr.errors import EngineUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.name import Tag

__all__ = [
    "Comparison",
    "Difference",
    "Omission",
    "compare",
    "compare_observations",
    "difference",
]

ABSENT = "(no answer)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One result that differs between the engines.

    Attributes:
        where: the call, such as ``layers[1].digest``.
        go: the result of the Go engine, or the text of its error; ``(no answer)`` if the call could
            not be made.
        python: the same for the Python engine.
        go_class: the class of the error that the Go engine raised; empty if it raised none.
        python_class: the same for the Python engine.
    """

    where: str
    go: str
    python: str
    go_class: str = ""
    python_class: str = ""


@dataclass(frozen=True, slots=True)
class Omission:
    """One result that was not compared, or not in full.

    Attributes:
        where: the call, such as ``layers[1].digest``.
        reason: why.
    """

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The results of one image on both engines, and where they differ.

    Attributes:
        path: the archive; empty if ``compare_observations`` was not told.
        tag: the tag of the image; ``None`` for the only image of the archive.
        go: the results of the Go engine.
        python: the results of the Python engine.
        compared: how many results were compared.
        differences: the results that differ.
        left_out: the results that were not compared, or not in full.
    """

    path: str
    tag: str | None
    go: Observation
    python: Observation
    compared: int
    differences: tuple[Difference, ...]
    left_out: tuple[Omission, ...]

    @property
    def equal(self) -> bool:
        """Whether all results that were compared are equal."""
        return not self.differences

    @property
    def same_gzip(self) -> bool:
        """Whether both engines wrote the same gzip, so that all digests were compared."""
        return _same_gzip(self.go, self.python)


def compare(
    path: str | os.PathLike[str],
    tag: Tag | str | None = None,
    *,
    gzip_profile: str | None = None,
) -> Comparison:
    """Read an image in an archive on both engines, and compare the results.

    An archive that cannot be read is no error: then the errors of the engines are compared.

    Args:
        path: an archive of ``docker save``.
        tag: which image, by one of its tags; default: the only image of the archive.
        gzip_profile: the gzip encoder that the Python engine uses, such as ``go1.26``; default:
            that of the Go engine, so that all digests can be compared.

    Returns:
        The results of both engines, and where they differ.

    Raises:
        EngineUnavailableError: one of the engines is not available.
        InvalidReferenceError: the tag is not a valid one.
        UnsupportedOptionError: the Python engine does not have this ``gzip_profile``.
        CancelledError: the call was cancelled or took longer than its timeout.
    """
    from pyggcr.engine import engines

    infos = engines()
    for name in ("go", "python"):
        if not infos[name].available:
            raise EngineUnavailableError(
                f"comparing needs both engines, but {name} is not available: {infos[name].reason}"
            )
    profile = gzip_profile or infos["go"].gzip_profile
    return compare_observations(
        observe_path(path, tag, engine="go"),
        observe_path(path, tag, engine="python", gzip_profile=profile),
        path=os.fspath(path),
        tag=None if tag is None else str(tag),
    )


def compare_observations(
    go: Observation, python: Observation, *, path: str = "", tag: str | None = None
) -> Comparison:
    """Compare the results of two engines.

    Args:
        go: the results of the Go engine.
        python: the results of the Python engine.
        path: the archive, which the report names; default: empty.
        tag: the tag, which the report names; default none.

    Returns:
        The results of both engines, and where they differ.

    Examples:
        >>> go, python = Observation(digest="sha256:a"), Observation(digest="sha256:b")
        >>> compare_observations(go, python).differences[0].where
        'digest'
    """
    same_gzip = _same_gzip(go, python)
    read_go, read_python = _reader(go, same_gzip), _reader(python, same_gzip)
    go_answers, python_answers = dict(go.answers()), dict(python.answers())
    differences: list[Difference] = []
    left_out: list[Omission] = []
    compared = 0
    for where in dict.fromkeys([*go_answers, *python_answers]):
        go_answer, python_answer = go_answers.get(where), python_answers.get(where)
        if not same_gzip and _is_gzip_value(where, go_answer, python_answer):
            left_out.append(Omission(where, _other_gzip(go, python)))
            continue
        compared += 1
        reduced = read_go(go_answer), read_python(python_answer)
        if reduced[0] == reduced[1]:
            continue
        if case := accepted(*reduced):
            left_out.append(Omission(where, case.reason))
        else:
            differences.append(difference(where, go_answer, python_answer))
    return Comparison(
        path=path,
        tag=tag,
        go=go,
        python=python,
        compared=compared,
        differences=tuple(differences),
        left_out=tuple(left_out),
    )


def _same_gzip(go: Observation, python: Observation) -> bool:
    # An unknown profile (an image that observe_path did not open) is taken for the same.
    profiles = {go.gzip_profile, python.gzip_profile} - {""}
    return len(profiles) < 2


def _other_gzip(go: Observation, python: Observation) -> str:
    profiles = ", ".join(f"{side.engine} {side.gzip_profile}".strip() for side in (go, python))
    return f"gzip profiles differ: {profiles}"


# Answers that are nothing but a digest or a size of what an engine compressed.
_GZIP_VALUE = re.compile(r"digest|size|layers\[\d+\]\.(?:digest|size|compressed)")

# Sizes of compressed layers inside a manifest and in the texts of validate.
_GZIP_SIZE = re.compile(r'("size":|Size=|Size\(\)=|len\(Compressed\(\)\)=)\d+')

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def _is_gzip_value(where: str, *answers: Any) -> bool:
    failed = any(isinstance(answer, Failure) for answer in answers)
    return bool(_GZIP_VALUE.fullmatch(where)) and not failed


def _reader(observation: Observation, same_gzip: bool) -> Callable[[Any], object]:
    """The function that turns an answer of this observation into what is compared."""
    names = {} if same_gzip else _digest_names(observation)

    def mask(text: str) -> str:
        if same_gzip:
            return text
        text = _SHA256.sub(lambda match: names.get(match.group(), match.group()), text)
        return _GZIP_SIZE.sub(r"\1<size>", text)

    def read(answer: Any) -> object:
        if isinstance(answer, Failure):
            return Failure(mask(answer.error), answer.kind)
        if isinstance(answer, tuple):
            return [mask(item) for item in answer]
        return mask(answer) if isinstance(answer, str) else answer

    return read


def _digest_names(observation: Observation) -> dict[str, str]:
    """Each layer's digest and, in its stead, the place of its first occurrence."""
    names: dict[str, str] = {}
    if isinstance(observation.layers, tuple):
        for index, layer in enumerate(observation.layers):
            if isinstance(layer.digest, str):
                names.setdefault(layer.digest, f"<layers[{index}].digest>")
    return names


def difference(where: str, go: Any, python: Any) -> Difference:
    """Describe the difference between two results that are not equal.

    Args:
        where: the call.
        go: the result of the Go engine.
        python: the result of the Python engine.

    Returns:
        The difference.
    """
    return Difference(where, _say(go), _say(python), _kind(go), _kind(python))


def _say(answer: Any) -> str:
    if answer is None:
        return ABSENT
    if isinstance(answer, Failure):
        return answer.error
    if isinstance(answer, StreamSummary):
        return f"sha256:{answer.sha256}, {answer.size} bytes"
    return answer if isinstance(answer, str) else ", ".join(answer)


def _kind(answer: Any) -> str:
    return answer.kind if isinstance(answer, Failure) else ""
