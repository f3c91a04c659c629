"""``legacy.LayerConfigFile``: how Docker's oldest archives describe a layer (pkg/legacy)."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd.json import BOOL, STRING, Field, Struct
from pyggcr.v1.config import CONFIG, CONFIG_FILE_FIELDS, Config, ConfigFile

__all__ = ["LayerConfigFile"]


@dataclass(slots=True)
class LayerConfigFile(ConfigFile):
    """The config of a layer: the fields of an image's config, and the place of the layer.

    Attributes:
        container_config: how the container was run that the layer was made in.
        id: the ID of the layer, which is not the digest of anything in the archive.
        parent: the ID of the layer below; empty for the lowest.
        throwaway: whether the layer is empty.
    """

    container_config: Config = field(default_factory=Config)
    id: str = ""
    parent: str = ""
    throwaway: bool = False
    comment: str = ""


_LAYER_CONFIG_FILE = Struct(
    "legacy.LayerConfigFile",
    LayerConfigFile,
    *CONFIG_FILE_FIELDS,
    Field("container_config", "container_config", CONFIG, omitempty=True),
    Field("id", "id", STRING, omitempty=True),
    Field("parent", "parent", STRING, omitempty=True),
    Field("throwaway", "throwaway", BOOL, omitempty=True),
    Field("comment", "comment", STRING, omitempty=True),
)
