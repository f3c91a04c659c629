"""Writes docs/matrix.md and its picture from the results; nothing in them is written by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.matrix.archives import ARCHIVES
from tools.matrix.drawing import drawn
from tools.matrix.releases import BOUNDARIES, GO_LINES, MINORS, RELEASES, Crane, all_cranes
from tools.matrix.results import Results
from tools.matrix.runs import DIGEST
from tools.matrix.summary import LINE, Said, State, failures, named, rows, state_of

__all__ = ["PAGE", "PICTURE", "page", "write"]

_DOCS = Path(__file__).parents[2] / "docs"
PAGE = _DOCS / "matrix.md"
PICTURE = _DOCS / "matrix" / "matrix.svg"

_INTRODUCTION = """\
# Which release of crane reads which archive

<!-- Made by `make matrix` from matrix/results.json: do not edit. -->

This was run, not argued: {cranes} builds of crane on {archives} archives and layouts, {steps}
commands in all. Each build validates the archive and computes its digest, pushes it to a
registry, validates there what was pushed, and pulls it again. What came of it is in
[matrix/results.json](matrix/results.json), and a test holds [the doctor](doctor.md) against it:
it makes {predictions} predictions, one for each archive and release, and each must be what
happened, with the same text.

![Rows are archives, columns releases of crane](matrix/matrix.svg)

A row stands for archives of one tool with which all releases get on alike.

## What fails, and with which text

Of archives with one image. The step is the first that fails; `…` stands for digests.

| text | step | releases | archives |
|---|---|---|---|
"""

_NOTES = """
What the table does not show:

- **A push that succeeds can be worth nothing.** Up to v0.18, `crane push` of an archive with
  `LayerSources` ends with exit code 0 here, but uploads no layer: what was pushed can be neither
  validated nor pulled, for the registry takes manifests whose blobs it lacks, as crane's own
  does. Debian's docker-registry refuses it with `MANIFEST_BLOB_UNKNOWN`.
- **v0.21.6 hangs** when it pulls an image of five layers or more into an archive
  ([go-containerregistry issue 2309](https://github.com/google/go-containerregistry/issues/2309)).
  The archive is not at fault.
- **Attestations**, which buildx writes by default, are no layers. Releases from v0.17 to v0.21.5
  and v0.22.1 find an index with them invalid; all push and pull it.
- An image whose layers are gzip and plain, or zstd, is pushed and pulled by all, and validated by
  none.
- For an archive with several images crane takes a tag for `digest` only. Each of those images was
  tried in an archive with the same content, whose `manifest.json` lists it alone ("only 1", "only
  2").

## Digests

"""

_SOURCES = {
    "docker 24.0.7": "real, see tests/data/docker",
    "docker 25.0.2": "real, see tests/data/docker",
    "docker 28.5.2": "real, see tests/data/docker",
    "docker 28.5.2 containerd": "real, see tests/data/docker",
    "docker 29": (
        "moby, daemon/containerd/image_exporter.go; containerd, core/images/archive/exporter.go"
    ),
    "podman": "containers/image, docker/internal/tarfile/writer.go and oci/archive",
    "ctr": "containerd, core/images/archive/exporter.go",
    "buildx": "moby/buildkit, exporter/oci/export.go and exporter/containerimage/writer.go",
    "kaniko": (
        "kaniko, pkg/executor/push.go; go-containerregistry, pkg/v1/tarball/write.go and "
        "pkg/v1/layout/write.go"
    ),
    "skopeo": "real, by skopeo 1.9.3, see tests/data/matrix",
    "umoci": "real, by umoci 0.4.7, see tests/data/matrix",
    "rules_docker": (
        "rules_docker, container/go/cmd/join_layers; google/containerregistry, client/v2_2/save_.py"
    ),
    "rules_oci": "rules_oci, oci/private/image.sh and oci/private/tarball.sh.tpl",
}

_HOW = """
## How it is run

`make matrix` builds each crane through the Go module proxy (into build/matrix, about 12 MB each)
and runs what has changed since the results were written: an archive, a release, or the Go that
builds it. It can be interrupted, and goes on with the next archive. `make matrix ARGS=--again`
runs everything anew, which takes half an hour on two cores.

Releases are {minors}, the newest of each minor version, built by {go}; and by {first} also
{boundaries}, which stand on both sides of what changed within one. Archives that are not real are
made by the scripts of tools/matrix/forms after the sources below, the same bytes each time. Tests
compare these scripts, byte for byte, with what skopeo wrote of the same image, with what Docker
28.5.2 saved from its containerd store, and with what go-containerregistry writes.

| tool | form after |
|---|---|
"""


def write(results: Results) -> None:
    """Write both."""
    PICTURE.write_text(drawn(rows(results)), "utf-8")
    PAGE.write_text(page(results), "utf-8")


def page(results: Results) -> str:
    """The text of the page."""
    steps = sum(map(len, results.outcomes.values()))
    text = _INTRODUCTION.format(
        cranes=len(all_cranes()),
        archives=len(ARCHIVES),
        steps=f"{steps:,}",
        predictions=f"{len(ARCHIVES) * len(RELEASES):,}",
    )
    text += "".join(f"{row}\n" for row in _failure_rows(results))
    text += _NOTES + _digests(results)
    text += _HOW.format(
        minors=_listed(MINORS),
        go=_listed(list(GO_LINES.values())),
        first=GO_LINES[LINE],
        boundaries=_listed(BOUNDARIES),
    )
    groups = dict.fromkeys(archive.group for archive in ARCHIVES.values())
    text += "".join(f"| {group} | {_SOURCES[group]} |\n" for group in groups)
    text += "\nThe archives:\n\n| archive | form | made by |\n|---|---|---|\n"
    for archive in ARCHIVES.values():
        if " only " not in archive.name:
            text += f"| {archive.name} | {archive.form} | {archive.made} |\n"
    return text


def _failure_rows(results: Results) -> Iterator[str]:
    for said in failures(results):
        text = " ".join(f"`{line}`" for line in said.text.splitlines() if line)
        yield f"| {text} | {said.step} | {_ranges(said)} | {named(said.archives)} |"


def _ranges(said: Said) -> str:
    whole = f"{RELEASES[0]}-{RELEASES[-1]}"
    return "all" if said.releases == whole else said.releases.replace("-", " to ")


def _digests(results: Results) -> str:
    """How many digests an archive has, and what they depend on."""
    kinds = Counter(_kind(results, name) for name in ARCHIVES)
    single = sum(number for kind, number in kinds.items() if kind)
    return f"""\
Of the {single} archives in the form of docker save with one image:

- {kinds["one"]} have the same digest with every release and every Go: their layers are compressed
  already.
- {kinds["go"]} have two, by the Go that crane was built with: up to 1.26, and 1.27. Their layers
  are plain, and crane compresses them.
- {kinds["patch"]} have a third one up to v0.18, where DiffIDs of `LayerSources` are taken for
  digests; no image has that digest.

pyggcr computes each of them: with `gzip_profile="go1.26"` and `"go1.27"`, and for the third one
with `layer_sources="trusted"`. A test compares them all.
"""


def _kind(results: Results, name: str) -> str:
    """What the digest of an archive depends on; empty if it has none of its own."""
    if ARCHIVES[name].form != "archive":
        return ""
    found: dict[str, set[str]] = {}
    for crane in all_cranes():
        outcomes = results.outcomes[name, crane]
        if state_of(outcomes) is State.SEVERAL or outcomes[DIGEST].exit:
            return ""
        found.setdefault(crane.line, set()).add(outcomes[DIGEST].text)
    oldest, newest = (
        results.outcomes[name, Crane(release, LINE)][DIGEST] for release in (MINORS[0], MINORS[-1])
    )
    if oldest != newest:
        return "patch"
    return "one" if len(set.union(*found.values())) == 1 else "go"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
