"""Every cell of the first table of docs/cli.md: commands, forms of an image, --platform, a tag."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.image_commands import COMMANDS as LINES
from support.image_commands import Scene, invoke
from support.image_forms import PLATFORMS, Forms, image_forms

import pyggcr
from tools.forms_table import (
    COMMANDS,
    FORMS,
    NOTES,
    REGISTRIES,
    SAVED,
    WITHOUT_TAGS,
)

AMD, ARM = PLATFORMS
# Both platforms are named where one that is not there was asked for.
MAY_FIND = ("doctor", "diff", "diff (second)")


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    with image_forms(tmp_path_factory.mktemp("forms")) as made:
        assert tuple(made.texts) == FORMS
        yield made


@pytest.fixture
def scene(tmp_path: Path, forms: Forms) -> Scene:
    made = Scene(tmp_path, forms.host)
    # What rebase takes away is the lowest layer of all.
    (tmp_path / "base.tar").write_bytes(forms.saved)
    return made


def run(forms: Forms, command: str, line: list[str]):
    given = forms.saved
    if command.startswith("edit"):
        given = {"edit config": forms.configs, "edit manifest": forms.manifests}.get(
            command, {ARM: b"new"}
        )[ARM]
    return invoke(*line, given=given)


def good(command: str) -> tuple[int, ...]:
    return (0, 1) if command in MAY_FIND else (0,)


def line_for(command: str, forms: Forms, form: str, scene: Scene) -> list[str]:
    text = forms.texts[form]
    if command == "delete" and form in REGISTRIES:
        invoke("copy", forms.texts["docker://"], f"{forms.texts['docker://']}-gone")
        text = f"{text}-gone"
    if command == "artifact pull" and form in REGISTRIES:
        pushed = invoke("artifact", "push", f"{forms.host}/files:1", f"{scene.folder}/layer.tar")
        assert pushed.exit_code == 0, pushed.output
        text = text.replace("/app:1", "/files:1")
    return LINES[command](text, scene)


@pytest.fixture(autouse=True)
def both_engines(request: pytest.FixtureRequest) -> None:
    """Skips what compares them where there is one."""
    called = getattr(request.node, "callspec", None)
    if called and called.params.get("command") == "differential":
        request.getfixturevalue("go_engine")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_form(forms: Forms, scene: Scene, command: str, form: str) -> None:
    row = COMMANDS[command]
    done = run(forms, command, line_for(command, forms, form, scene))

    cell = row.cell(form)
    if cell.startswith("no"):
        assert done.exit_code == 2, done.output
        assert NOTES[row.refused[form]][0] in done.output
    elif cell == "choose":
        assert done.exit_code == 2, done.output
        assert AMD in done.stderr
        assert ARM in done.stderr
        assert "--platform" in done.stderr
    else:
        assert done.exit_code in good(command), done.output
        if command == "digest":
            of_one = row.as_crane and form in SAVED
            assert (done.stdout.strip() == forms.index) != of_one


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_platform_of_a_form(forms: Forms, scene: Scene, command: str, form: str) -> None:
    row = COMMANDS[command]
    if row.cell(form).startswith("no"):
        pytest.skip("the form is refused")
    # Beside it is an image of the same platforms.
    (scene.folder / "other.tar").write_bytes(forms.saved)
    there = line_for(command, forms, form, scene)
    if command == "index filter":
        there[there.index("--platform") : there.index("--platform") + 2] = []
    done = run(forms, command, [*there, "--platform", ARM])
    missing = run(
        forms, command, [*line_for(command, forms, form, scene), "--platform", "linux/s390x"]
    )

    if row.platform and command != "index filter":
        for refused in (done, missing):
            assert refused.exit_code == 2, refused.output
            assert NOTES[row.platform][0] in refused.output
        return
    assert done.exit_code in good(command), done.output
    if command in ("digest", "push"):
        assert forms.digests[ARM] in done.stdout
    elif command in ("config", "manifest"):
        asked = forms.configs if command == "config" else forms.manifests
        assert done.stdout_bytes == asked[ARM]
    elif command == "inspect":
        assert ARM in done.stdout
    elif (
        command != "index append"
        and "--output" in there
        and "oci:" in there[there.index("--output") + 1]
    ):
        result = pyggcr.open(there[there.index("--output") + 1]).image(tag="result:1")
        assert str(result.platform) == ARM
    if command == "artifact pull":  # no artifact is for a platform
        return
    if command != "index filter":  # which has the other platform that it was given too
        assert missing.exit_code == 2, missing.output
        assert AMD in missing.stderr
        assert form in REGISTRIES or ARM in missing.stderr


@pytest.mark.parametrize("form", [form for form in FORMS if form != "-"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_tag_of_a_form(forms: Forms, scene: Scene, command: str, form: str) -> None:
    row = COMMANDS[command]
    (scene.folder / "other.tar").write_bytes(forms.saved)
    if not row.tag.startswith("--") or row.cell(form).startswith("no"):
        pytest.skip("there is no option")
    more = [] if row.platform else ["--platform", ARM]
    line = [*line_for(command, forms, form, scene), *more]
    there = run(forms, command, [*line, row.tag, "app:1"])
    line = [*line_for(command, forms, form, scene), *more]
    missing = run(forms, command, [*line, row.tag, "none:1"])

    assert missing.exit_code == 2, missing.output
    if form in REGISTRIES and command != "repair":
        for refused in (there, missing):
            assert refused.exit_code == 2, refused.output
            assert "is for archives and layouts" in refused.stderr
    elif form in WITHOUT_TAGS:
        assert there.exit_code == 2
        assert "app:1" in there.stderr
    else:
        assert there.exit_code in good(command), there.output
        assert "none:1" in missing.stderr
        assert "app:1" in missing.stderr
