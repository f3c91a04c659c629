"""Why a bar that is missed is missed, and what was tried: shown for those only that are."""

from __future__ import annotations

import re

from benchmarks.page.bars import Bar

__all__ = ["reason_of"]

# By patterns of "job | peer"; the first that matches counts.
_REASONS = {
    (
        ".*, other tools.*",
        "copy, from the shell.*",
        "registry verbs .*",
    ): """
        CPython and the modules that a verb needs take longer to start, and more memory, than a
        compiled program takes for a small job as a whole. OpenSSL's module alone is a sixth of
        it. click, urllib3, http.client, logging, dataclasses and typing went (decisions 11, 18, 21,
        24 and [25](decisions/0025-typing-for-type-checkers.md)). A process that stays would be
        another tool. In a program that runs already the start is over: see the rows "as a library".
        """,
    ("digest, plain layers, all known .*",): """
        Nothing is compressed any more: what is left is to hash the layers, and the start of the
        interpreter. Go 1.27 compresses faster than Go 1.26, so crane needs less time.
        """,
    ("read a layer in chunks of .*",): """
        A chunk crosses the boundary between Go and Python in 0.1 µs and is copied once. The ratio
        differs by some percent from run to run.
        """,
    ("digest of a small archive, from the shell .*",): """
        The bar is from a machine on which CPython alone started in 8 ms. The row for instructions
        does not depend on the machine.
        """,
    ("digest, gzip layers .*",): """
        The digests of five layers are computed on two threads, three at once
        ([decision 22](decisions/0022-sha256-of-several-streams.md)). More than half of the time is
        now the start of the interpreter.
        """,
    ("pu(sh|ll).*, from the shell .*",): """
        The start of the interpreter. As a library the same job is faster.
        """,
    ("(validate|digest|push), (plain|gzip) layers.*",): """
        Reading, hashing, and inflating or deflating on all cores is all that is left. What was
        tried last: buffers of other sizes, blocks that are not copied, checksums by carry-less
        multiplication. The ratio differs by some percent from run to run.
        """,
    ("validate, Go engine: growth .* number of layers .*",): """
        Upstream scans the archive anew for each layer. Its `Opener` takes no name, so no opener can
        know which entry is wanted; remembering offsets saved 3 to 7 % and was not kept.
        """,
    ("validate, Go engine: growth .* number of tags .*",): """
        Crane grows alike: above the start, 10,000 tags take 2 to 3 ms and 100,000 take 36 to 46, so
        little that the exponent says more of processor caches than of the code.
        """,
    (".*, Python libraries: peak memory .*", ".* daemon, .*: peak memory .*"): """
        The whole process is compared, with the C accelerator and its buffers, which are of one size
        whatever the image is.
        """,
    (".*, Python libraries .*",): """
        What is left is the Python code of a request. It checks what Go checks, and looks at limits
        while it waits; the others check less of what they get.
        """,
}


def reason_of(bar: Bar) -> str | None:
    """Why the bar is missed; ``None`` if nobody has said so."""
    told = f"{bar.job} | {bar.peer}"
    for patterns, text in _REASONS.items():
        if any(re.fullmatch(pattern, told) for pattern in patterns):
            return " ".join(text.split())
    return None
