"""Runs both engines on the same archive and compares all results.

``compare`` reads an image on both engines and returns what differs. ``observe`` records the results
of one image on one engine: digests, documents, layers, streams and validation. The modules
``campaign`` and ``generate`` compare many archives and generate them. Nothing here prints or sets
an exit code; ``pyggcr differential`` does. There is no Go counterpart: Go has one engine.
"""

from __future__ import annotations

from pyggcr.differential.comparison import (
    Comparison,
    Difference,
    Omission,
    compare,
    compare_observations,
)
from pyggcr.differential.observation import (
    Failure,
    LayerObservation,
    Observation,
    StreamSummary,
)
from pyggcr.differential.observing import observe, observe_path
from pyggcr.differential.tags import ImageTags, images_of, list_tags
from pyggcr.differential.whole_archive import compare_ways, ways_to_open

__all__ = [
    "Comparison",
    "Difference",
    "Failure",
    "ImageTags",
    "LayerObservation",
    "Observation",
    "Omission",
    "StreamSummary",
    "compare",
    "compare_observations",
    "compare_ways",
    "images_of",
    "list_tags",
    "observe",
    "observe_path",
    "ways_to_open",
]
