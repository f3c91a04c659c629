"""What shells offer: the last word of a command line and what it can become."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from pyggcr.cli import app, reader
from pyggcr.cli.reader.completion import FILES, FOLDERS, NO_FILES, candidates


def offered(line: str) -> tuple[list[str], int]:
    """The words that are offered after a line; it ends with the word that is typed."""
    found, directive = candidates(app, line.split(" "))
    return [word for word, _ in found], directive


@pytest.mark.parametrize(
    ("line", "words", "directive"),
    [
        ("dig", ["digest"], NO_FILES),
        ("nothing ", [], NO_FILES),
        ("index ", ["append", "filter", "list"], NO_FILES),
        ("--verbose ind", ["index"], NO_FILES),
        ("--platform index ind", ["index"], NO_FILES),
        ("--platform=linux ind", ["index"], NO_FILES),
        ("digest --gzip-profile go1.27-", ["go1.27-amd64v3", "go1.27-arm64"], NO_FILES),
        ("build --compression=z", ["zstd"], NO_FILES),
        ("digest --engine p", ["python"], NO_FILES),
        ("digest --dae", ["--daemon"], NO_FILES),
        ("digest --daemon --dae", [], NO_FILES),
        ("mutate --env A=B --env", ["--env"], NO_FILES),
        ("digest -- --dae", [], FILES),
        ("digest ", [], FILES),
        ("digest a.tar ", [], NO_FILES),
        ("doctor a.tar b.tar ", [], FILES),
        ("copy a.tar ", [], FILES),
        ("copy -j 3 -", ["--source-tag", "--gzip-profile"], NO_FILES),
        ("copy -j", ["-j"], NO_FILES),
        ("copy -j ", [], NO_FILES),
        ("diff --html ", [], FILES),
        ("registry serve --disk ", [], FOLDERS),
        ("rebase --reb", [], NO_FILES),
        ("ls ", [], NO_FILES),
        ("tag app:1 ", [], NO_FILES),
        ("completion z", ["zsh"], NO_FILES),
    ],
)
def test_what_is_offered(line, words, directive):
    found, told = offered(line)
    assert (set(words) <= set(found), told) == (True, directive)
    assert bool(words) == bool(found)


def test_commands_and_options_come_with_what_they_do(run):
    assert run("__complete", "dig").stdout == (
        "digest\tPrint the digest of the manifest, or of the index where no platform is chosen.\n"
        f":{NO_FILES}\n"
    )
    assert run("__completeNoDesc", "dig").stdout == f"digest\n:{NO_FILES}\n"


@pytest.mark.parametrize("name", ["crane", "gcrane"])
def test_the_drop_ins_complete_too(run, name):
    assert run("__complete", name, "pul").stdout.startswith("pull\tPull remote images")
    assert offered("gcr") == (["gcrane"], NO_FILES)


def test_every_value_is_a_choice_a_file_or_nothing_that_can_be_known():
    """A new metavar asks for a decision: add it here, or to the words that stand for files."""
    unknown = {
        *("ADDRESS", "DIGEST", "HOST", "PORT", "HOSTS", "KEY", "VALUE", "NAME", "N", "J", "K", "S"),
        *("PLATFORM", "PORTS", "REFERENCE", "REGISTRY", "REPO", "REPOSITORY", "SECONDS", "SERVER"),
        *(
            "SIGNAL",
            "TAG",
            "TEXT",
            "TIME",
            "TYPE",
            "UID",
            "GID",
            "USER",
            "GROUP",
            "VERB",
            "VERSION",
        ),
        *("WORD", "WORDS", "X", "Y", "INTEGER", "NUMBER", "SHELL"),
    }

    def words(command):
        for parameter in command.parameters:
            is_choice = isinstance(parameter.kind, (reader.Choice, reader.Path))
            if not is_choice and not getattr(parameter, "is_flag", False):
                text = "".join(it if it.isalpha() else " " for it in parameter.metavar)
                yield from text.split()
        if isinstance(command, reader.Group):
            for name in command.names():
                yield from words(command.find(name))

    from pyggcr.cli.reader import completion

    assert set(words(app)) <= unknown | completion._FILE_WORDS | completion._FOLDER_WORDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_script_asks_this_program(run, shell):
    script = run("completion", shell)

    assert script.exit_code == 0
    assert "__complete" in script.stdout
    assert "crane" not in script.stdout.lower()
    assert "__complete " not in run("completion", shell, "--no-descriptions").stdout


def test_bash_completes(run, tmp_path):
    script = tmp_path / "completion"
    script.write_text(run("completion", "bash").stdout)
    # What bash-completion would do for the script.
    variables = "cword=$COMP_CWORD; cur=${COMP_WORDS[cword]}; words=(${COMP_WORDS[@]})"
    helper = f"_get_comp_words_by_ref() {{ {variables}; }}"
    program = f'pyggcr() {{ {sys.executable} -m pyggcr "$@"; }}'
    line = (
        f"{helper}; {program}; source {script}; COMP_WORDS=(pyggcr digest --gzip-profile go1.27-a)"
        '; COMP_CWORD=3; __start_pyggcr 2>/dev/null; echo "${COMPREPLY[@]}"'
    )
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run([bash, "-c", line], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["go1.27-amd64v3", "go1.27-arm64"]


def test_asking_loads_no_engine() -> None:
    code = (
        "import sys; from pyggcr.cli import app\n"
        "try: app.main(['__complete', ''])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert not {"urllib3", "rich", "cffi", "ssl", "pyggcr._go", "pyggcr._python"} & set(loaded)
