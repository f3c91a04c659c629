"""Generates docs/matrix.md and its picture from the results."""

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

This page reports what was run: {cranes} builds of crane, from v0.14 to v0.22, on {archives}
archives and layouts, {steps} commands in all. Each build computes the digest of the archive and
validates it, pushes it to a registry, validates the pushed image and pulls it again. The outcomes
are in [matrix/results.json](matrix/results.json). A test compares them with [the
doctor](doctor.md): it makes {predictions} predictions, one for each archive and release, and each
has to match the recorded outcome and error text.

![Rows are archives, columns are releases of crane](matrix/matrix.svg)

Each row stands for the archives of one tool that behave the same in every release.

## What fails, and with which text

The table covers archives with one image. It gives the first step that fails and what crane
prints; `…` stands for a digest.

| text | step | releases | archives |
|---|---|---|---|
"""

_NOTES = """
Some things the table does not show:

- **A successful push may push an unusable image.** Up to v0.18, `crane push` of an archive with
  `LayerSources` exits with 0 here but uploads no layer, so the pushed image can be neither
  validated nor pulled. The registry used here accepts manifests with missing blobs, as crane's
  own does; Debian's docker-registry rejects the manifest with `MANIFEST_BLOB_UNKNOWN`.
- **v0.21.6 hangs** when it pulls an image with five or more layers into an archive
  ([go-containerregistry issue 2309](https://github.com/google/go-containerregistry/issues/2309)).
  This does not depend on the archive.
- **Attestations**, which buildx adds by default, are not layers. Releases from v0.17 to v0.21.5
  ([pull request 2298](https://github.com/google/go-containerregistry/pull/2298)), and v0.22.1
  again, report an index with attestations as invalid; every release can push and pull it. In the
  form of an OCI artifact, without a config, they are invalid up to v0.22.0 ([issue
  2409](https://github.com/google/go-containerregistry/issues/2409)).
- crane reads neither an OCI layout in a tar ([issue
  2109](https://github.com/google/go-containerregistry/issues/2109)) nor a compressed archive
  ([issue 1908](https://github.com/google/go-containerregistry/issues/1908)).
- Every release can push and pull an image with zstd layers, or with both gzip and plain ones, and
  every release reports it as invalid.
- For an archive with several images, crane accepts a tag for `digest` only. Each of these images
  was also tried on its own, in a copy of the archive whose `manifest.json` lists only that image
  ("only 1", "only 2").

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
    "damaged": "none: damage of many kinds, also those that releases report differently",
    "rules_oci": "rules_oci, oci/private/image.sh and oci/private/tarball.sh.tpl",
}

_HOW = """
## How to run it

`make matrix` builds each crane through the Go module proxy (about 12 MB each, in build/matrix)
and runs what has changed since the results were written: new archives, new releases, another Go.
If it is interrupted, the next run continues with the archives that are left. `make matrix
ARGS=--again` repeats everything, which takes about half an hour on two cores.

The releases are {minors}, the newest patch of each minor version, each built by {go}; and
{boundaries}, built by {first} only, where the behaviour changed between two patches. Archives
that are not real are generated by the scripts in tools/matrix/forms, which follow the sources
below and produce the same bytes on every machine. Tests compare these scripts byte for byte with
what skopeo wrote for the same image, with what Docker 28.5.2 saved from its containerd store, and
with what go-containerregistry writes.

| tool | source |
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
Of the {single} undamaged archives in the form of docker save with one image:

- {kinds["one"]} have the same digest in every release and with both Go versions: their layers are
  already compressed.
- {kinds["go"]} have two digests, one for Go up to 1.26 and one for Go 1.27: their layers are
  plain, and crane compresses them.
- {kinds["patch"]} have a third digest up to v0.18, which takes the DiffIDs of `LayerSources` for
  digests. No image has that digest.

pyggcr computes all of them: the first two with `gzip_profile="go1.26"` and `"go1.27"`, the third
with `layer_sources="trusted"`. A test compares every recorded digest with pyggcr's.
"""


def _kind(results: Results, name: str) -> str:
    """What the digest of an archive depends on; empty if it has none of its own."""
    if ARCHIVES[name].form != "archive" or ARCHIVES[name].group == "damaged":
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
