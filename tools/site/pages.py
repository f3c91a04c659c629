"""Pages of the documentation site that are not files of docs: a hook of mkdocs.

README.md becomes the start page. Project files such as CONTRIBUTING.md become pages of the same
name. Each public module gets a page, which mkdocstrings fills from the docstrings. Links are
written for a reader of the repository; here they are rewritten for the site, and links to files
that the site lacks become plain text.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pyggcr"
START = "index.md"
PROJECT_FILES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")

# The command line has pages of its own, and a user imports `pyggcr.use_engine`, not the module.
NOT_IN_REFERENCE = {"cli", "engine"}
# Modules below a package that users import by name. The other modules below a package are
# internal, except for what the package exports.
SUBMODULES = (
    "authn.github",
    "authn.helpers",
    "doctor.github",
    "doctor.junit",
    "doctor.sarif",
    "legacy.tarball",
    "remote.hosts",
    "remote.transport",
    "store.transports",
    "testing.plugin",
    "testing.strategies",
)

_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def public_modules() -> list[str]:
    """Name every public module in the order of the pages: each has one in the reference.

    tests/test_docstrings.py checks the docstrings of the same modules.
    """
    top = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    top = {name for name in top - NOT_IN_REFERENCE if name[0] != "_" and _source(name).exists()}
    below = {f"aio.{name}" for name in _exported("aio") if _source(f"aio.{name}").exists()}
    return ["pyggcr", *sorted(f"pyggcr.{name}" for name in top | below | {*SUBMODULES})]


def _source(name: str) -> Path:
    folder = PACKAGE.joinpath(*name.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _exported(name: str) -> list[str]:
    for node in ast.parse(_source(name).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def reference_page(module: str) -> str:
    """The path of a module's page below docs."""
    return f"reference/{module}.md"


def generated_pages() -> Iterator[tuple[str, str]]:
    """Yield the path below docs and the content of each page that is no file of docs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    yield START, f"---\nhide: [navigation]\n---\n\n{readme}"
    for name in PROJECT_FILES:
        if (ROOT / name).exists():
            yield name, (ROOT / name).read_text(encoding="utf-8")
    for module in public_modules():
        yield reference_page(module), f"---\ntitle: {module}\n---\n\n::: {module}\n"


def rewrite_links(markdown: str, page: str) -> str:
    """Rewrite the links of a page for the site.

    Args:
        markdown: The text of the page.
        page: Its path below docs.
    """
    parts = _FENCE.split(markdown)
    return "".join(
        part if index % 2 else _LINK.sub(lambda match: _rewrite(match, page), part)
        for index, part in enumerate(parts)
    )


def _rewrite(match: re.Match[str], page: str) -> str:
    text, target = match[1], match[2]
    path, hash_, anchor = target.partition("#")
    if not path or ":" in path:
        return match[0]
    in_root = page == START or page in PROJECT_FILES
    source = "." if in_root else posixpath.join("docs", posixpath.dirname(page))
    found = posixpath.normpath(posixpath.join(source, path))
    if found == "README.md":
        found = posixpath.join("docs", START)
    elif found in PROJECT_FILES:
        found = posixpath.join("docs", found)
    if not found.startswith("docs/"):
        return text
    relative = posixpath.relpath(found, posixpath.dirname(posixpath.join("docs", page)))
    return f"[{text}]({relative}{hash_}{anchor})"


def on_config(config: Any) -> Any:
    """Fill the lists of modules, decisions and project files into the navigation."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    lists = {
        "Python modules": [{module: reference_page(module)} for module in public_modules()],
        "Decisions": [f"decisions/{path.name}" for path in decisions],
        "Project": [name for name in PROJECT_FILES if (ROOT / name).exists()],
    }
    _fill(config["nav"], lists)
    return config


def _fill(entries: list[Any], lists: dict[str, Any]) -> None:
    for entry in entries:
        if isinstance(entry, dict):
            for title, value in entry.items():
                if title in lists:
                    entry[title] = lists[title]
                elif isinstance(value, list):
                    _fill(value, lists)


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    from mkdocs.structure.files import File

    for path, content in generated_pages():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite the links of one page."""
    if page.file.src_uri.startswith("reference/"):
        return markdown
    return rewrite_links(markdown, page.file.src_uri)
