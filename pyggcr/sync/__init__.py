"""Copies what a file in YAML lists: images, tags of repositories, repositories of registries.

``parse_config`` reads the file, ``run`` copies what is missing, ``json_schema`` describes the file
for editors. Nothing is ever deleted. There is no Go counterpart; regsync and ``skopeo sync`` do
the like.
"""

from __future__ import annotations

from pyggcr.sync.config import Config, parse_config
from pyggcr.sync.results import Action, Result
from pyggcr.sync.running import run
from pyggcr.sync.schema import json_schema

__all__ = ["Action", "Config", "Result", "json_schema", "parse_config", "run"]
