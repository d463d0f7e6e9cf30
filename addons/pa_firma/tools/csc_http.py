"""Talking to a remote signing service: JSON over TLS, to the configured address and nowhere else, within limits."""

import ipaddress
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from .errors import FirmaError

MAX_BYTES = 4 * 1024 * 1024
SECONDS = 30
_WORDS = 200  # of a service's own message


def check_address(url):
    """Refuse an address that PINs may not be sent to: TLS is required, except on this very machine."""
    parts = _split(url)
    if not parts or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise FirmaError("csc_address", "The address of the signing service is not valid.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise FirmaError("csc_address", "The address of the signing service must begin with https.")
    return url.rstrip("/")


def _split(url):
    try:
        parts = urlsplit(url or "")
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Bearer(AuthBase):
    """The session's token. Being an auth object, it keeps requests from looking for others in a .netrc file."""

    def __init__(self, token=""):
        self._token = token

    def __call__(self, request):
        if self._token:
            request.headers["Authorization"] = "Bearer " + self._token
        return request


class _Adapter(HTTPAdapter):
    """Keeps a twin of each socket, so that the connection can be cut whatever it is doing: a limit for each read lets a server
    that drips its headers live for hours."""

    def __init__(self):
        self._twins = []
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        made = super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)
        return made

    def proxy_manager_for(self, proxy, **kwargs):
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._watch(manager)
        return manager

    def _watch(self, manager):
        classes = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {scheme: _watched(pool, self._twins) for scheme, pool in classes.items()}

    def cut(self):
        for twin in self._twins:
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def close(self):
        while self._twins:
            self._twins.pop().close()
        return super().close()


def _watched(pool, twins):
    class Connection(pool.ConnectionCls):
        def _new_conn(self):
            made = super()._new_conn()
            twins.append(made.dup())
            return made

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


class Channel:
    """POSTs to the methods below one base address."""

    def __init__(self, url, seconds=SECONDS):
        self.base = check_address(url)
        self._seconds = seconds
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
        # what goes in clear stays on this machine: no proxy of the environment takes it elsewhere
        self._session.trust_env = not self.base.startswith("http:")
        self._adapter = _Adapter()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, self._adapter)
        self.secrets = []  # never to be seen in what a service says back

    def post(self, method, *, auth, url=None, **content):
        """(status, JSON object) of one call; a body with nothing is an empty object.

        :param url: a whole address of the configuration, instead of a method below the base
        :raises FirmaError: no answer in time, an answer that is not one, or the service's refusal
        """
        deadline = time.monotonic() + self._seconds
        try:
            with self._in_time(), self._session.post(
                check_address(url) if url else f"{self.base}/{method}",
                auth=auth, timeout=self._seconds, allow_redirects=False, stream=True, **content,
            ) as response:  # fmt: skip
                body = _read(response, deadline)
        except requests.Timeout:
            raise _late() from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if time.monotonic() >= deadline:
                raise _late() from None
            raise FirmaError("csc_unreachable", f"The signing service cannot be reached: {type(error).__name__}.") from None
        return response.status_code, self._judge(response, body)

    @contextmanager
    def _in_time(self):
        timer = threading.Timer(self._seconds, self._adapter.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _judge(self, response, body):
        status = response.status_code
        if 300 <= status < 400:
            raise FirmaError("csc_redirect", "The signing service sends elsewhere: not followed.")
        if status >= 500:
            raise FirmaError("csc_server", f"The signing service has a fault of its own ({status}).")
        content = _object(body)
        if status >= 400:
            raise refusal(status, content or {}, self.secrets)
        if content is None:
            raise FirmaError("csc_answer", "The signing service gave an answer that cannot be read.")
        return content

    def close(self):
        self._session.close()
        self.secrets = []


def _read(response, deadline):
    body = bytearray()
    while chunk := response.raw.read1(65536):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FirmaError("csc_answer", "The signing service's answer is too large.")
        if time.monotonic() > deadline:
            raise _late()
    if time.monotonic() > deadline:  # cut short: what came may look whole
        raise _late()
    return bytes(body)


def _late():
    return FirmaError("csc_timeout", "The signing service did not answer in time.")


def _object(body):
    """The JSON object of a body, {} when there is none, None when it is something else."""
    if not body.strip():
        return {}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def refusal(status, content, secrets=()):
    """What a 4xx answer means (CSC API, error codes of each method)."""
    code, words = str(content.get("error") or ""), str(content.get("error_description") or "")
    said = f"{code} {words}".lower()
    if "locked" in said or "blocc" in said:
        return FirmaError("csc_locked", "The credential is locked.")
    if code == "invalid_pin":
        return FirmaError("csc_pin", "Wrong PIN.")
    if code == "invalid_authentication_data":  # version 2 does not tell which of them
        return FirmaError("csc_data", "Wrong PIN or code.")
    if code == "invalid_otp" or ("otp" in said and "invalid" in said):
        return FirmaError("csc_otp", "Wrong or expired code.")
    if "expired" in said and "sad" in said:
        return FirmaError("csc_expired", "The authorization has expired.")
    if "too high" in said:
        return FirmaError("csc_multisign", "Too many signatures for one authorization.")
    if status in (401, 403) or code in ("invalid_client", "invalid_grant", "invalid_token", "access_denied", "unauthorized"):
        return FirmaError("csc_login", "The signing service does not let in with this account.")
    return FirmaError("csc_refused", _clean(words or code or f"HTTP {status}", secrets))


def _clean(text, secrets):
    """A service's own words, without what was typed in and without control characters."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "•••")
    return "".join(char if char.isprintable() else " " for char in text)[:_WORDS]
