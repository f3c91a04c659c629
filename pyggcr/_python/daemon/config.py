"""The config of a daemon's image, put together from what the daemon tells: ``computeConfigFile``.

It is not the config that the image's ID is the hash of: history stands newest first, its times are
cut to seconds, and what no question asks for is lost.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr._gostd.time import parse_rfc3339
from pyggcr.errors import JSONError
from pyggcr.v1.config import Config, HealthConfig, History, RootFS
from pyggcr.v1.time import Time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._python.daemon.documents import Healthcheck, HistoryItem, ImageConfig, Inspect

__all__ = ["config_file"]

# ``time.Parse`` says which layout it was given; that of JSON has no fractions.
_LAYOUT_OF_JSON = 'as "2006-01-02T15:04:05Z07:00"'
_LAYOUT = 'as "2006-01-02T15:04:05.999999999Z07:00"'


def config_file(inspected: Inspect, history: Callable[[], list[HistoryItem]]) -> v1.ConfigFile:
    """The config.

    Args:
        inspected: what the daemon says of the image.
        history: asks how it was made.

    Raises:
        InvalidHashError: a DiffID is none.
        JSONError: the time is none; ``parsing time …``.
    """
    diff_ids = [v1.new_hash(layer) for layer in inspected.root_fs.layers or ()]
    entries = [_entry(item, inspected.author) for item in history()]
    return v1.ConfigFile(
        architecture=inspected.architecture,
        author=inspected.author,
        created=_parse(inspected.created),
        history=entries,
        os=inspected.os,
        rootfs=RootFS(type=inspected.root_fs.type, diff_ids=diff_ids),
        config=_config(inspected.config),
        os_version=inspected.os_version,
    )


def _entry(item: HistoryItem, author: str) -> History:
    return History(
        author=author,
        created=Time(item.created),
        created_by=item.created_by,
        comment=item.comment,
        empty_layer=item.size == 0,
    )


def _parse(text: str) -> Time:
    try:
        return Time(*parse_rfc3339(text.encode("utf-8", "surrogateescape")))
    except JSONError as error:
        raise JSONError(str(error).replace(_LAYOUT_OF_JSON, _LAYOUT)) from None


def _config(config: ImageConfig | None) -> Config:
    if config is None:
        return Config()
    return Config(
        cmd=config.cmd,
        entrypoint=config.entrypoint,
        env=config.env,
        labels=config.labels,
        on_build=config.on_build,
        user=config.user,
        volumes=config.volumes,
        working_dir=config.working_dir,
        args_escaped=config.args_escaped,
        stop_signal=config.stop_signal,
        shell=config.shell,
        healthcheck=_healthcheck(config.healthcheck),
        exposed_ports=config.exposed_ports or None,
    )


def _healthcheck(healthcheck: Healthcheck | None) -> HealthConfig | None:
    if healthcheck is None:
        return None
    return HealthConfig(
        test=healthcheck.test,
        interval=healthcheck.interval,
        timeout=healthcheck.timeout,
        start_period=healthcheck.start_period,
        retries=healthcheck.retries,
    )
