"""Which proxy a URL is reached through: ``http.ProxyFromEnvironment`` (httpproxy)."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from pyggcr._gostd.strconv import quote
from pyggcr.errors import UnsupportedOptionError

__all__ = ["check_proxy", "proxy_from_environment"]

_PORTS = {"http": 80, "https": 443}


def proxy_from_environment(url: str) -> str | None:
    """The proxy that ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY`` ask for, if any."""
    parts = urlsplit(url)
    proxy = _variable(f"{parts.scheme}_proxy")
    # A web server hands a client's header "Proxy:" to CGI programs as HTTP_PROXY.
    if parts.scheme == "http" and "REQUEST_METHOD" in os.environ:
        return None
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        return None  # no port at all: connecting says so
    if not proxy or not _wants_proxy(parts.hostname or "", port):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def check_proxy(url: str | None) -> None:
    """Refuse what is no address of a proxy; an empty one means none.

    Raises:
        UnsupportedOptionError: its text does not have the URL, in which a password may stand.
    """
    if not url:
        return
    try:
        good = bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        good = False
    if not good:
        raise UnsupportedOptionError("proxy is no URL of a proxy")
    scheme = urlsplit(url).scheme
    if scheme not in _PORTS:
        raise UnsupportedOptionError(f"proxies of the kind {quote(scheme)} are not supported")


def _variable(name: str) -> str:
    return os.environ.get(name.upper()) or os.environ.get(name) or ""


def _wants_proxy(host: str, port: int) -> bool:
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return False
    exceptions = [it.strip().lower() for it in _variable("no_proxy").split(",") if it.strip()]
    return not any(_excepts(exception, host.lower(), address, port) for exception in exceptions)


def _excepts(
    exception: str,
    host: str,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address | None,
    port: int,
) -> bool:
    if exception == "*":
        return True
    if "/" in exception:
        try:
            network = ipaddress.ip_network(exception, strict=False)
        except ValueError:
            return False
        return address is not None and address.version == network.version and address in network
    name, wanted_port = exception, ""
    if exception.count(":") == 1 or "]:" in exception:
        name, _, wanted_port = exception.rpartition(":")
    if wanted_port and wanted_port != str(port):
        return False
    if address is not None:
        return _address(name.strip("[]")) == address
    name = name.removeprefix("*")
    if name.startswith("."):
        return host.endswith(name)
    return host == name or host.endswith(f".{name}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
