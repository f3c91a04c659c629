"""What the doctor says of layouts in folders comes true, on v0.18.0 and on the newest library.

The layouts are those of ``ailing``, and generated ones with every kind of damage to one of their
files, or with a file gone. A version fails on an image exactly if a finding names it.
"""

from __future__ import annotations

import io
import random
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import go_programs
from support import legacy as legacy_program
from support.ailing import AILING, NEAR, OCI_LAYER, Hybrid, blob_links

import pyggcr
from pyggcr import v1
from pyggcr.differential.generate import descriptions
from pyggcr.differential.generate.cases import case_seed
from pyggcr.differential.generate.damage import OPERATORS, Damage, apply
from pyggcr.doctor import Finding, diagnose

TOOL = "go-containerregistry"
INDEX = "index.json"
CASES = 1_000
Said = dict[str, dict[str, str]]

LABELS = (
    "",
    "",
    "",
    f"{OCI_LAYER}+gzip",
    f"{OCI_LAYER}+gzip",
    f"{OCI_LAYER}+zstd",
    f"{OCI_LAYER}+gzip+encrypted",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/octet-stream",
)


def made(seed: str) -> tuple[Hybrid, tuple[Damage, ...], random.Random]:
    """A layout before anything is wrong with it, and what is to happen to it."""
    rng = random.Random(seed)
    hybrid = Hybrid()
    for image in descriptions.images(rng):
        if rng.random() < 0.5:
            for layer in image.layers:
                layer.compression = "gzip"
            image.config = {}
        label = rng.choice(LABELS)
        described = hybrid.describe(image, label=label)
        hybrid.list(hybrid.nest(described) if rng.random() < 0.3 else described)
    wanted = rng.choice((0, 1, 1, 1, 2))
    names = rng.choices(list(OPERATORS), k=wanted)
    return hybrid, tuple(Damage(name, rng.getrandbits(32)) for name in names), rng


def write(folder: Path, seed: str) -> None:
    """Make a layout, damage it, and write it as a folder; now and then lose or link a blob."""
    hybrid, damages, rng = made(seed)
    data = apply(hybrid.tar(), damages)
    folder.mkdir()
    for name, content in files_in(data):
        path = folder / name
        if any(part in ("", ".", "..") or len(part) > 200 for part in name.split("/")):
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError:  # a name that is a file's already, or too long
            continue
    blobs = sorted(folder.glob("blobs/sha256/*"))
    if blobs and rng.random() < 0.15:
        path = rng.choice(blobs)
        if rng.random() < 0.5:
            path.rename(folder / "kept")
            path.symlink_to("../../kept")
        else:
            path.unlink()


def files_in(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a tar, as far as they can be read."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isreg() else None
                if file is not None and "\0" not in entry.name:
                    yield entry.name, file.read()
    except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError, RecursionError):
        return


@pytest.fixture(scope="module")
def ask(require, tmp_path_factory) -> Callable[[list[Path]], list[tuple[str, list[Said]]]]:
    """What both versions say of layouts."""
    folder = tmp_path_factory.mktemp("programs")
    programs = {
        version: go_programs.build_with_library("layoutimages", folder, require, module=module)
        for version, module in (
            (pyggcr.engines()["go"].go_containerregistry, "native"),
            (legacy_program.VERSION, "native/legacy"),
        )
    }
    return lambda paths: [
        (version, go_programs.ask(program, map(str, paths)))
        for version, program in programs.items()
    ]


def is_said(text: str, said: str) -> bool:
    """Whether a line is that text; the ellipsis stands for anything."""
    parts = map(re.escape, text.removeprefix("validating layers: ").split("…"))
    pattern = re.compile(".*".join(parts))
    return any(
        pattern.fullmatch(line.removeprefix("validating layers: ")) for line in said.splitlines()
    )


def told_of(findings: tuple[Finding, ...], version: str) -> list[str]:
    return [
        failure.text
        for found in findings
        for failure in found.fails
        if failure.happens_to(TOOL, version) and failure.text
    ]


def is_judged(folder: Path, digest: str) -> bool:
    """Whether a manifest is that of an image, as far as can be told, and not of an artifact."""
    try:
        raw = (folder / "blobs" / digest.replace(":", "/")).read_bytes()
        media_type = v1.parse_manifest(raw).config.media_type
    except (OSError, pyggcr.Error):
        return True
    return not media_type or media_type.is_config()


def wrong_in(folder: Path, version: str, said: Said, *, texts: bool) -> list[tuple[Any, ...]]:
    """What is told and does not happen, or happens and is not told."""
    report = diagnose(folder, deep=True)
    labels = {
        found.place.entry: found.place.image for found in report.findings if found.code == "PYG025"
    }
    labels |= labels_in(folder)
    wrong = []
    everything = {**said["images"], **said["indexes"]}
    for key, text in everything.items():
        if key in said["images"] and not is_judged(folder, key):
            continue
        name = key if key == INDEX else f"blobs/{key.replace(':', '/')}"
        about = tuple(
            found
            for found in report.findings
            if found.place.entry == name
            or (labels.get(name) and found.place.image == labels[name])
            or (found.code == "PYG015" and "symlink" in text)
        )
        told = told_of(about, version)
        if key == INDEX and not told and not (folder / INDEX).exists():
            assert report.exit_code != 0  # what is looked at are files in it that are archives
            continue
        if bool(told) != bool(text):
            wrong.append((version, name, text, told))
        exact = told_of(tuple(it for it in about if it.code == "PYG025"), version)
        wrong += [(version, name, text, it) for it in exact if not is_said(it, text)]
        if texts and told and not any(is_said(it, text) for it in told):
            wrong.append((version, name, text, told))
    return wrong


def labels_in(folder: Path) -> dict[str, str]:
    """How findings call the images of a layout, by their files."""
    from pyggcr.doctor.contents import read_contents
    from pyggcr.store.files import open_files

    try:
        with open_files(folder) as files:
            return {image.name: image.label for image in read_contents(files).oci}
    except pyggcr.Error:
        return {}


def unpack(data: bytes, folder: Path) -> None:
    for name, content in files_in(data):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


# Archives whose index.json leads to an image, as folders.
CRAFTED = [
    (kind, code, name)
    for kind, every in (("ailing", AILING), ("near", NEAR))
    for code, cases in every.items()
    for name in cases
    if code != "PYG026" and any(entry == INDEX for entry, _ in files_in(every[code][name]()))
]


@pytest.mark.parametrize("case", CRAFTED, ids="-".join)
def test_made_layouts(ask, tmp_path, case):
    kind, code, name = case
    folder = tmp_path / "layout"
    unpack({"ailing": AILING, "near": NEAR}[kind][code][name](), folder)

    for version, (said,) in ask([folder]):
        assert wrong_in(folder, version, said, texts=True) == []


@pytest.mark.parametrize("out", [True, False])
def test_blobs_that_are_links(ask, tmp_path, out):
    blob_links(tmp_path / "layout", out=out)

    for version, (said,) in ask([tmp_path / "layout"]):
        assert wrong_in(tmp_path / "layout", version, said, texts=True) == []
        assert any(said["images"].values()) == (version != legacy_program.VERSION)


SEED = 15


def kinds(numbers: range) -> set[str]:
    return {damage.operator for number in numbers for damage in made(case_seed(SEED, number))[1]}


def test_every_kind_of_damage_is_in_the_layouts():
    assert kinds(range(CASES)) == set(OPERATORS)


@pytest.mark.parametrize("count", [100, pytest.param(CASES, marks=pytest.mark.full)])
def test_what_fails_is_told_and_what_is_told_fails(ask, tmp_path, count):
    folders = [tmp_path / str(number) for number in range(count)]
    for number, folder in enumerate(folders):
        write(folder, case_seed(SEED, number))

    failed = 0
    for version, answers in ask(folders):
        for folder, said in zip(folders, answers, strict=True):
            assert wrong_in(folder, version, said, texts=False) == [], folder.name
            failed += any(said["images"].values())
    assert count // 2 < failed < 2 * count  # there is something to tell, and not everywhere
