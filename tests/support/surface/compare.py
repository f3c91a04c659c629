#!/usr/bin/env python3
"""Says for each exported name of go-containerregistry whether pyggcr has its counterpart.

usage: compare.py PYTHON|CHECKOUT [--all]

PYTHON is an interpreter that has pyggcr; of a CHECKOUT its .venv's is taken, or this one with the checkout on its
path. Prints a table by package, then what is missing (with --all also what has another name, or does not apply),
and last one line: 'P of N present …'. Exit 1 when something is missing.

Rules (names.toml lists the agreed exceptions):
  package pkg/v1/mutate      pyggcr.mutate
  function, method, field    snake_case; initialisms are words: DiffID diff_id, FSLayers fs_layers
  type                       the same name; of an error type also pyggcr.errors.…Error
  NewX                       new_x, or the class X
  option WithX, or X         keyword x= of every function there that takes such options
  const, var                 UPPER_CASE or snake_case, in the module or in the class of its type
  ErrX                       XError in the module or in pyggcr.errors
"""

import collections
import importlib
import inspect
import json
import os
import pathlib
import re
import subprocess
import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = pathlib.Path(__file__).parent
WORDS = [
    "OCI",
    "JSON",
    "URLs",
    "URL",
    "DiffIDs",
    "DiffID",
    "FSLayers",
    "SHA256",
    "ZStd",
    "GZip",
    "OSFeatures",
    "OSVersion",
    "OS",
    "GCR",
    "TLS",
    "JSONKey",
    "RootFS",
    "IDs",
    "ID",
]
# What each of these words becomes.
SPELT = {
    "DiffIDs": "diff_ids",
    "DiffID": "diff_id",
    "FSLayers": "fs_layers",
    "OSFeatures": "os_features",
    "OSVersion": "os_version",
    "JSONKey": "json_key",
    "RootFS": "rootfs",
    "ZStd": "zstd",
    "GZip": "gzip",
}
_WORD = re.compile("|".join(WORDS) + r"|[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
DUNDER = {"String": "__str__", "Error": "__str__"}


def snake(name):
    return "_".join(SPELT.get(w, w.lower()) for w in _WORD.findall(name))


class Python:
    """What pyggcr has."""

    def __init__(self):
        self._modules = {}

    def module(self, name):
        if name not in self._modules:
            try:
                self._modules[name] = importlib.import_module(name)
            except ImportError:
                self._modules[name] = None
        return self._modules[name]

    def find(self, path, public=False):
        """The object under a dotted path, and whether there is one; fields of classes count.

        With `public` the module must list the name in its __all__: what it merely imports does not count.
        """
        parts = path.split(".")
        for cut in range(len(parts), 0, -1):
            if (it := self.module(".".join(parts[:cut]))) is not None:
                break
        else:
            return None, False
        if public and cut < len(parts) and parts[cut] not in getattr(it, "__all__", parts):
            return None, False
        for part in parts[cut:]:
            if part.startswith("_") and part not in ("__str__", "__init__", "__call__"):
                return None, False
            if (found := getattr(it, part, self)) is not self:
                it = found
            elif inspect.isclass(it) and part in self.fields(it):
                return None, True
            else:
                return None, False
        return it, not inspect.ismodule(it)

    def fields(self, cls):
        names = set()
        for c in cls.__mro__:
            names |= set(vars(c).get("__annotations__", ()))
            slots = vars(c).get("__slots__", ())
            names |= {slots} if isinstance(slots, str) else set(slots)
        if cls.__module__.startswith("pyggcr"):
            names |= set(self.keywords(cls))
        return names

    def keywords(self, it):
        """The names of a callable's arguments, those of **options: Unpack[…] included."""
        try:
            parameters = inspect.signature(it).parameters.values()
        except (TypeError, ValueError):
            return
        for p in parameters:
            if p.kind is not p.VAR_KEYWORD:
                yield p.name
            elif found := re.search(r"Unpack\[(?:\w+\.)*(\w+)\]", str(p.annotation)):
                yield from self._typed(it, found[1])

    def _typed(self, it, name):
        home = self.module(getattr(it, "__module__", "")) or object()
        for m in [home, *(m for n, m in list(sys.modules.items()) if n.startswith("pyggcr."))]:
            if (t := getattr(m, name, None)) is not None and hasattr(t, "__annotations__"):
                return list(t.__annotations__)
        return []

    def has(self, target, public=False):
        """Whether 'a.b.c', 'a.b.f(keyword)', all of a list, or any of {any = […]} is there."""
        if isinstance(target, dict):
            return any(self.has(t, public) for t in target["any"])
        if isinstance(target, list):
            return all(self.has(t, public) for t in target)
        path, _, keyword = target.rstrip(")").partition("(")
        it, there = self.find(path, public)
        return there and (not keyword or keyword in set(self.keywords(it)))


class Judge:
    def __init__(self):
        self.rows = [json.loads(l) for l in (HERE / "inventory.jsonl").read_text().splitlines()]
        self.names = tomllib.loads((HERE / "names.toml").read_text())
        self.python = Python()
        self.not_applicable = [
            (re.compile(p + r"\Z"), why) for p, why in self.names["not_applicable"].items()
        ]
        self.types = {(r["package"], r["name"]): r for r in self.rows if r["kind"] == "type"}

    def modules(self, package):
        listed = self.names["packages"].get(package)
        return listed or ["pyggcr." + re.sub(r"^pkg/(v1/)?", "", package).replace("/", ".")]

    def option_type(self, row):
        """The option type that a function makes, or is."""
        if row["kind"] != "func":
            return None
        for r in row.get("results", ()):
            if (t := self.types.get((row["package"], r))) and self.is_option(t):
                return r
        return self.names["options"].get(f"{row['package']}.{row['name']}")

    def is_option(self, t):
        return t["name"].endswith("Option") and t["form"] in ("func", "other")

    def classes(self, package, name):
        """Where a type may be."""
        if listed := self.names["types"].get(f"{package}.{name}"):
            return [listed]
        out = [f"{m}.{name}" for m in self.modules(package)]
        if "Err" in name:
            base = re.sub(r"^Err|Error$", "", name) + "Error"
            out += [f"pyggcr.errors.{base}", *(f"{m}.{base}" for m in self.modules(package))]
        return out

    def by_rule(self, row):
        """The paths under which the rules look for it; one of them will do."""
        package, name, kind = row["package"], row["name"], row["kind"]
        modules = self.modules(package)
        if kind == "type":
            return self.classes(package, name)
        if kind in ("method", "field"):
            owner, member = name.split(".")
            return [
                f"{c}.{m}"
                for c in self.classes(package, owner)
                for m in ([DUNDER[member]] if member in DUNDER else []) + [snake(member)]
            ]
        if option := self.option_type(row):
            keyword = snake(re.sub(r"^With(?=[A-Z])", "", name))
            takers = [
                r
                for r in self.rows
                if r["package"] == package
                and r["kind"] == "func"
                and "..." + option in r.get("params", ())
            ]
            paths = [
                [
                    p
                    for p in self.by_rule(t)
                    if isinstance(p, str) and self.python.find(p, public=True)[1]
                ]
                for t in takers
            ]
            return [[f"{p[0]}({keyword})" for p in paths if p]] if any(paths) else []
        if kind == "func":
            out = [f"{m}.{snake(name)}" for m in modules]
            if name.startswith("New"):
                out += [f"{m}.{name[3:]}" for m in modules]
            return out
        if name.startswith("Err"):
            return self.classes(package, name)
        cls = row["signature"].split(" ")[0]
        homes = [
            *modules,
            *(f"{m}.{cls}" for m in modules if cls.isidentifier() and cls[:1].isupper()),
        ]
        return [f"{h}.{n}" for h in homes for n in (snake(name).upper(), snake(name))]

    def verdict(self, row):
        key = f"{row['package']}.{row['name']}"
        owner = key if row["kind"] == "type" else key.rpartition(".")[0]
        if any(
            self.python.has(p, public=owner not in self.names["types"]) for p in self.by_rule(row)
        ):
            return "present", ""
        if target := self.names["other"].get(row["package"], {}).get(row["name"]):
            return ("other", target) if self.python.has(target) else ("missing", target)
        for pattern, why in self.not_applicable:
            if pattern.match(key):
                return "n/a", why
        return "missing", ""


def inside(show_all):
    judge = Judge()
    counts, lists = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for row in judge.rows:
        v, why = judge.verdict(row)
        counts[row["package"]][v] += 1
        lists[v].append((row, why))
    kinds = ["present", "other", "n/a", "missing"]
    print(f"{'package':28} " + " ".join(f"{k:>8}" for k in kinds))
    for package in sorted(counts):
        print(f"{package:28} " + " ".join(f"{counts[package][k]:8}" for k in kinds))
    total = collections.Counter()
    for c in counts.values():
        total += c
    print(f"{'all':28} " + " ".join(f"{total[k]:8}" for k in kinds))
    for v in kinds[1:] if show_all else ["missing"]:
        by = collections.defaultdict(list)
        for row, why in lists[v]:
            by[row["package"]].append(row["name"] + (f" ({why})" if show_all and why else ""))
        for package, names in by.items():
            print(f"\n{v} {package}: {', '.join(names)}")
    there, missing = total["present"] + total["other"], total["missing"]
    most = sorted(
        ((c["missing"], re.sub("^pkg/(v1/)?", "", p)) for p, c in counts.items() if c["missing"]),
        key=lambda it: (-it[0], it[1]),
    )
    print(
        f"\n{there}/{there + missing} present, {missing} missing"
        + (": " if most else "")
        + ", ".join(f"{p} {n}" for n, p in most)
        + f" ({total['n/a']} do not apply)"
    )
    return missing > 0


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--inside" in sys.argv:
        sys.exit(inside("--all" in sys.argv))
    if len(arguments) != 1:
        sys.exit(__doc__)
    given, environment = pathlib.Path(arguments[0]), dict(os.environ)
    python = given
    if given.is_dir():
        python = given / ".venv/bin/python"
        if not python.exists():
            python, environment["PYTHONPATH"] = (
                pathlib.Path(sys.executable),
                os.fspath(given.resolve()),
            )
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    sys.exit(subprocess.run([python, __file__, "--inside", *flags], env=environment).returncode)


if __name__ == "__main__":
    main()
