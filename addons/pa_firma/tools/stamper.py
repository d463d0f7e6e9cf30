"""Asking a timestamp authority (RFC 3161 over HTTP) within limits of time and size as a whole.

Its address is the administrator's, so it may be inside the network; what answers there, in clear more often than not, is
believed nothing until the token is verified.
"""

import asyncio
import base64
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from asn1crypto import tsp
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from . import fetch
from .errors import FirmaError

MAX_BYTES = 256 * 1024


class Stamper(TimeStamper):
    """The authority at an address, which may hold the name and password that it wants.

    :param seconds: for the whole answer
    """

    def __init__(self, url, seconds=10):
        super().__init__()
        self._url, self._authorization, host = _apart(url)
        self._policy = fetch.Policy(
            allowed=frozenset([host]), seconds=seconds, max_bytes=MAX_BYTES, redirects=0, proxy=_proxy(self._url)
        )

    async def async_request_tsa_response(self, req):
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, request):
        try:
            raw = fetch.fetch(
                self._url, self._policy, body=request, content_type="application/timestamp-query",
                accept="application/timestamp-reply", authorization=self._authorization,
            )  # fmt: skip
            return tsp.TimeStampResp.load(raw)
        except (FirmaError, ValueError) as error:
            raise TimestampRequestError("The timestamp authority did not answer as it should.") from error


def _apart(url):
    """(address without name and password, header that says them, host:port)."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", "", ""
    place = parts.netloc.rpartition("@")[2]
    bare = parts._replace(netloc=place).geturl()
    said = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else ""
    header = "Basic " + base64.b64encode(said.encode()).decode() if said else ""
    return bare, header, f"{host}:{port or fetch.PORTS.get(parts.scheme, 0)}"


def _proxy(url):
    """The environment's proxy for an address, as for every other program of the server."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return ""
    proxy = getproxies().get(parts.scheme, "")
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"
