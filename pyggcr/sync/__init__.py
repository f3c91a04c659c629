"""Copies the images that a YAML file lists, by reference, by repository or by registry.

``parse_config`` reads the file, ``run`` copies what is missing, and ``json_schema`` describes the
file for editors; docs/sync.md explains it. Nothing is ever deleted. There is no Go counterpart;
regsync and ``skopeo sync`` are similar programs.
"""

from __future__ import annotations

from pyggcr.sync.config import Config, parse_config
from pyggcr.sync.results import Action, Result
from pyggcr.sync.running import run
from pyggcr.sync.schema import json_schema

__all__ = ["Action", "Config", "Result", "json_schema", "parse_config", "run"]
