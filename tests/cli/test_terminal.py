"""Progress, colours and narrow terminals: what every command that may last shows on a real one."""

from __future__ import annotations

import random
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import terminals

from pyggcr import crane, registry
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)

_SIZE = 300_000  # of a layer, which cannot be compressed
_HEADERS = 32768  # of an archive, more or less


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """Two archives of two layers, one of which both have, and a registry that has an image."""
    folder = tmp_path_factory.mktemp("given")
    made = random.Random(7)
    layers = [make_tar([member(f"d{n}/a", made.randbytes(_SIZE))]) for n in range(3)]
    paths = []
    for name, chosen in (("app", (0, 1)), ("other", (0, 2)), ("base", (0,))):
        path = folder / f"{name}.tar"
        image = ImageSpec([LayerSpec(layers[n]) for n in chosen], tags=[f"{name}:1"])
        path.write_bytes(docker_save([image]))
        paths.append(path)
    layer = folder / "layer.tar"
    layer.write_bytes(layers[2])
    with registry.serve() as first:
        image = f"{first.host}/tests/app:1"
        with crane.load(paths[0]) as loaded:
            crane.push(loaded, image)
            digest = str(loaded.layers()[0].digest())
        yield SimpleNamespace(
            app=paths[0],
            other=paths[1],
            base=paths[2],
            layer=layer,
            image=image,
            blob=f"{first.host}/tests/app@{digest}",
        )


def _lines(
    it: SimpleNamespace, out: Path, host: str
) -> dict[str, tuple[list[Any], dict[str, int | None]]]:
    """For each verb its arguments, and how many bytes each of its phases counts, by title.

    ``None`` is for phases that are there or not: the engines read layers at different times.
    """
    whole, changed = 2 * _SIZE, f"{host}/tests/app"
    opened: dict[str, int | None] = {"reading layers": None}
    written = {**opened, "writing": None}
    return {
        "inspect": ([it.app], {"reading": whole}),
        "layers": ([it.app], {"reading": whole}),
        "digest": ([it.app], {"reading": whole}),
        "manifest": ([it.app], {"reading": whole}),
        "validate": ([it.app], {"validating": whole}),
        "validate --remote": ([it.image], {"validating": whole}),
        "push": ([it.app, f"{changed}:push"], {**opened, "pushing": whole}),
        "pull": ([it.image, out / "pulled.tar"], {"pulling": whole}),
        "pull oci": ([it.image, f"oci:{out}/pulled"], {"writing": whole}),
        "copy": ([it.image, f"{changed}:copy"], {"copying": whole}),
        "copy file": ([it.image, f"oci-archive:{out}/copied.tar"], {"writing": whole}),
        "export": ([it.image, out / "exported.tar"], {"exporting": whole}),
        "files": ([it.image], {"listing": whole}),
        "cat": ([it.image, "/d0/a"], {"reading": whole, "printing": None}),
        "extract": ([it.image, out / "extracted"], {"extracting": whole}),
        "diff": ([it.app, it.other], {"comparing": whole}),
        "differential": ([it.app], {"comparing": None}),
        "build": (
            ["--add", f"{it.layer}:/x", "-o", f"oci:{out}/built"],
            {"building": it.layer.stat().st_size, **written},
        ),
        "convert": (
            [it.image, "--compression", "zstd", "-o", f"oci:{out}/converted"],
            {"converting": whole, **written},
        ),
        "append": (
            ["-b", it.image, "-f", it.layer, "-o", out / "appended.tar"],
            {"checking": None, "reading": None, **written},
        ),
        "mutate": (
            [it.app, "--env", "A=B", "-o", f"oci:{out}/mutated"],
            {"reading": None, **written},
        ),
        "flatten": ([it.image, "-o", f"oci:{out}/flat"], {"flattening": whole, **written}),
        "rebase": (
            [it.app, "--old_base", it.base, "--new_base", it.base, "-o", f"oci:{out}/rebased"],
            {"reading": None, **written},
        ),
        "index append": (
            ["-m", it.app, "-t", f"{changed}:index"],
            {"reading": None, "pushing": whole},
        ),
        "doctor --deep --fail-on error": ([it.app], {"examining": whole}),
        "repair": ([it.app, out / "repaired.tar"], {"repairing": None}),
        "artifact push": ([f"{changed}:files", it.layer], {"pushing": it.layer.stat().st_size}),
        "blob": ([it.blob], {"reading": _SIZE}),
        "edit fs": (
            [it.app, "-f", "d0/a", "-o", f"oci:{out}/edited"],
            {"reading": None, **written},
        ),
    }


_NOTHING = SimpleNamespace(
    **dict.fromkeys(("app", "other", "base", "image", "blob"), "x"), layer=Path(__file__)
)
VERBS = list(_lines(_NOTHING, Path("x"), ""))
# Of verbs that print what they read, or find something.
PIPED = {"cat": "err", "blob": "err"}
CODES = {"diff": 1}


@pytest.fixture
def empty_registry() -> Iterator[str]:
    """A registry without any blob, which would not be sent again."""
    with registry.serve() as server:
        yield server.host


@pytest.fixture
def on_terminal(tmp_path, given, empty_registry) -> Callable[..., terminals.Ran]:
    """``on_terminal(verb, width=…)``: what a verb shows."""

    def run(verb: str, **options: Any) -> terminals.Ran:
        arguments, _ = _lines(given, tmp_path, empty_registry)[verb]
        words = [it for it in verb.split() if it not in ("oci", "file")]
        options.setdefault("on_terminal", PIPED.get(verb, "out err"))
        return terminals.run(*words, *arguments, folder=tmp_path, **options)

    return run


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("width", "engine"), [(80, "go"), (40, "python")], indirect=["engine"])
def test_every_verb_that_may_last_shows_its_progress(
    verb, width, engine, on_terminal, given, tmp_path
):
    ran = on_terminal(verb, width=width, PYGGCR_ENGINE=engine)

    assert ran.code == CODES.get(verb, 0), ran.shown
    shown = {title.partition(" ")[0]: done for title, _, done in ran.phases if done}
    shown |= {title: done for title, _, done in ran.phases if title == "reading layers" and done}
    _, expected = _lines(given, tmp_path, "")[verb]
    shown.pop("opening", None)
    assert shown.keys() - {"reading"} <= expected.keys() - {"reading"}
    for title, size in expected.items():
        if size is not None:
            # Each byte once: all of them, and no more than headers and documents besides.
            assert size <= shown[title] <= size + _HEADERS, ran.phases
    for _, total, done in ran.phases:
        if done:
            assert total is None or done <= total + _HEADERS, ran.phases
    drawn = [it for it in ran.lines if " kB" in it]
    assert any(it.startswith(tuple(expected)) for it in drawn)
    assert terminals.too_long(ran.lines, width) == []
    assert not any(" kB" in it for it in ran.screen)  # it goes away


def test_nothing_is_drawn_anew_where_the_terminal_is_dumb(on_terminal):
    ran = on_terminal("validate", width=80, TERM="dumb")

    assert "\x1b" not in ran.shown
    assert ran.shown.replace("\r\n", "\n").count("\n") == 1
    assert ran.shown.startswith("PASS: ")


@pytest.mark.parametrize("verb", ["inspect", "doctor --deep --fail-on error", "differential"])
def test_a_dumb_terminal_gets_tables_without_control_sequences(verb, on_terminal):
    ran = on_terminal(verb, width=80, TERM="dumb", FORCE_COLOR="1")

    assert "\x1b" not in ran.shown
    assert "\r" not in ran.shown.replace("\r\n", "")
    assert terminals.too_long(ran.lines, 80) == []


def test_a_pipe_is_told_nothing(on_terminal):
    ran = on_terminal("validate", width=80, on_terminal="")

    assert ran.shown == ""
    assert ran.printed.startswith("PASS: ")
    assert ran.printed.count("\n") == 1


def test_progress_is_shown_while_standard_output_goes_elsewhere(on_terminal):
    ran = on_terminal("validate", width=80, on_terminal="err")

    assert ran.printed.startswith("PASS: ")
    assert "\x1b" not in ran.printed
    assert any("validating" in it for it in ran.lines)
    assert ran.screen == [""]


def test_a_file_on_a_terminal_is_not_mixed_with_progress(on_terminal):
    assert "printing" in on_terminal("cat", width=80, on_terminal="err").shown
    assert "printing" not in on_terminal("cat", width=80, on_terminal="out err").shown


def test_nothing_is_drawn_from_the_background(on_terminal):
    ran = on_terminal("validate", width=80, background=True, PYGGCR_TEST="")

    assert "validating" not in ran.shown
    assert "PASS: " in ran.shown


def test_with_verbose_there_is_no_progress(given, tmp_path, empty_registry):
    ran = terminals.run(
        "push", "-v", given.app, f"{empty_registry}/tests/v:1", width=80, folder=tmp_path
    )

    assert "--> PUT" in ran.shown
    assert "pushing " not in ran.shown


def test_the_width_is_that_of_columns_if_it_is_set(on_terminal):
    ran = on_terminal("inspect", width=200, COLUMNS="40")

    assert terminals.too_long(ran.lines, 40) == []


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize(
    "verb", ["inspect", "layers", "diff", "differential", "doctor --deep --fail-on error"]
)
def test_tables_fit_and_digests_are_whole(verb, width, on_terminal):
    ran = on_terminal(verb, width=width, PYGGCR_TEST="")

    wide = on_terminal(verb, width=400, PYGGCR_TEST="")
    found = terminals.DIGEST.findall("\n".join(ran.screen))
    assert sorted(found) == sorted(terminals.DIGEST.findall("\n".join(wide.screen)))
    assert found or verb not in ("inspect", "layers", "diff")
    assert terminals.too_long(ran.screen, width) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_clean_line(number, given, tmp_path):
    with terminals.running(
        "validate", given.app, width=80, folder=tmp_path, PYGGCR_TEST="hold"
    ) as command:
        command.wait_for(r"validating .* kB")
        command.send(number)
        ran = command.end()

    assert ran.code == 128 + number
    assert ran.screen == [""]
    assert "\x1b[?25l" not in ran.shown  # the cursor was never hidden


def test_an_error_stands_on_a_line_of_its_own(given, tmp_path):
    broken = tmp_path / "broken.tar"
    broken.write_bytes(given.app.read_bytes()[:_SIZE])

    ran = terminals.run("repair", broken, tmp_path / "out.tar", width=80, folder=tmp_path)

    assert ran.code == 2
    assert any("repairing" in it for it in ran.lines)
    assert next(it for it in ran.screen if it).startswith("pyggcr: ")
    assert not any("repairing" in it for it in ran.screen)


def test_colours_are_for_terminals(on_terminal):
    def colours(**options: Any) -> bool:
        ran = on_terminal("inspect", PYGGCR_TEST="", **options)
        return "\x1b[36m" in ran.shown + ran.printed

    assert colours(width=80)
    assert not colours(width=80, NO_COLOR="1")
    assert colours(width=80, NO_COLOR="")  # an empty one is none
    assert not colours(width=80, NO_COLOR="1", FORCE_COLOR="1")
    assert not colours(width=80, on_terminal="")
    assert colours(width=80, on_terminal="", FORCE_COLOR="1")
    assert not colours(width=80, FORCE_COLOR="0")
    assert not colours(width=80, on_terminal="", FORCE_COLOR="1", TERM="dumb")


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("verb", ["", "copy", "build", "index append"])
def test_help_fits(verb, width, tmp_path):
    ran = terminals.run(*verb.split(), "--help", width=width, folder=tmp_path)

    assert ran.code == 0
    assert terminals.too_long(ran.screen, width) == []
    assert max(map(len, ran.screen)) > width // 2


def test_blobs_that_a_layout_loses_are_counted(given, tmp_path):
    terminals.run("pull", given.image, f"oci:{tmp_path}/layout", width=80, folder=tmp_path)
    (tmp_path / "layout" / "index.json").write_text('{"schemaVersion":2,"manifests":[]}')

    ran = terminals.run("layout", "gc", tmp_path / "layout", width=200, folder=tmp_path)

    assert [done for title, _, done in ran.phases if title.startswith("cleaning")] == [4]
    assert any(it.startswith("cleaning") for it in ran.lines)
    assert [len(it) for it in ran.screen if it] == [71] * 4  # digests, and nothing else


def test_attached_artifacts_are_counted(given, empty_registry, tmp_path):
    image = f"{empty_registry}/tests/app:1"
    crane.copy(given.image, image)
    for kind in ("application/x", "application/y"):
        terminals.run(
            "artifact", "attach", image, given.layer, "--artifact-type", kind,
            width=80, folder=tmp_path,
        )  # fmt: skip

    ran = terminals.run("artifact", "list", image, width=80, folder=tmp_path)

    assert [(total, done) for _, total, done in ran.phases if total == 2] == [(2, 2)]
    assert any(it.startswith(f"listing {image}") for it in ran.lines)


def test_copied_images_are_counted(given, tmp_path):
    targets = f"['oci:{tmp_path}/one', 'oci:{tmp_path}/two']"
    text = f"version: 1\nsync: [{{image: '{given.image}', to: {targets}}}]\n"
    (tmp_path / "mirror.yaml").write_text(text)

    ran = terminals.run("sync", tmp_path / "mirror.yaml", width=200, folder=tmp_path)

    assert [(title, done) for title, _, done in ran.phases] == [("copying", 2)]
    assert any(re.match(r"copying +[12] +images", it) for it in ran.lines)
    assert ran.screen[-2:] == ["2 copied", ""]
    assert sorted(it.split()[0] for it in ran.screen[:2]) == ["copied", "copied"]


def test_without_rich_tables_are_plain(given, tmp_path):
    (tmp_path / "rich.py").write_text("raise ImportError")

    ran = terminals.run("layers", given.app, width=200, folder=tmp_path, PYTHONPATH=tmp_path)

    assert ran.code == 0
    plain = terminals.run("layers", given.app, width=200, folder=tmp_path, on_terminal="err")
    assert [it for it in ran.screen if it] == plain.printed.splitlines()
