"""The one client for addresses that a certificate or a trusted list names: whoever made the file chose them.

A name is resolved once and the connection goes to that very address, which must be public; time and size are limited
as a whole, not read by read; nothing of the server's environment (proxies, cookies, passwords) goes along. The transport
is the standard library's: its lines and headers are bounded in every version, those of urllib3 only in late ones.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import certifi

from .errors import FirmaError

USER_AGENT = "pa-firma/19.0"
PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")
_MAX_URL = 2000
_ADDRESSES = 3  # of a name, those that are tried
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Public by their number, not by what answers there: 6to4 relays, a cloud's wire server, addresses that hide others.
_CLOSED = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fec0::/10",
    )
]  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """What may be fetched.

    :param allowed: hosts ("ca.comune.example" or "127.0.0.1:8080") that the administrator exempts from the rules on
        addresses; with a port, also from the rule on ports
    :param seconds: for the whole exchange, redirects included
    :param proxy: "http://host:port", never taken from the environment
    """

    allowed: frozenset = frozenset()
    seconds: float = 20
    max_bytes: int = 20 * 1024 * 1024
    redirects: int = 3
    proxy: str = ""


@dataclass(frozen=True)
class Target:
    """An address taken apart once: nothing reads the text again."""

    scheme: str
    host: str
    port: int
    path: str
    exempt: bool

    @property
    def authority(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def fetch(url, policy=None, *, body=None, content_type="", accept="*/*", authorization=""):
    """The bytes at an address; with a body, the answer to a POST.

    :param authorization: header of that name, for an address of the administrator's own

    :raises FirmaError: `fetch_refused` (not an address to be followed), `fetch_time`, `too_large`, or `fetch`
    """
    policy = policy or Policy()
    deadline = time.monotonic() + policy.seconds
    headers = {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "identity", "Connection": "close"}
    if body is not None:
        headers |= {"Content-Type": content_type or "application/octet-stream", "Content-Length": str(len(body))}
    if authorization:
        headers["Authorization"] = authorization
    for _hop in range(policy.redirects + 1):
        target = parse(url, policy)
        try:
            location, data = _exchange(target, policy, deadline, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            _in_time(deadline)
            raise FirmaError("fetch", f"{target.authority} did not answer as it should ({_words(error)}).") from error
        if location is None:
            return data
        if body is not None or (target.scheme == "https" and urlsplit(urljoin(url, location)).scheme != "https"):
            raise FirmaError("fetch_refused", f"{target.authority} sends elsewhere in a way that is not followed.")
        url = urljoin(url, location)
    raise FirmaError("fetch_refused", "The address sends from one place to another without end.")


def _words(error):
    return str(error)[:200] or type(error).__name__


def parse(url, policy):
    """Take an address apart; FirmaError when it is not one that may be followed."""
    text = url if isinstance(url, str) else ""
    if len(text) > _MAX_URL or not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise FirmaError("fetch_refused", "The address is not well written.")
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise FirmaError("fetch_refused", "The address is not well written.") from None
    if parts.scheme not in PORTS:
        raise FirmaError("fetch_refused", "Only addresses that begin with http:// or https:// are followed.")
    if "@" in parts.netloc or not (_NAME.fullmatch(host) or _literal(host)):
        raise FirmaError("fetch_refused", "The address is not well written.")
    port = PORTS[parts.scheme] if port is None else port
    exempt = f"{host}:{port}" in policy.allowed or (host in policy.allowed and port in PORTS.values())
    if not exempt and port not in PORTS.values():
        raise FirmaError("fetch_refused", f"Port {port} of {host} is not followed: only 80 and 443 are.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path if path.startswith("/") else "/" + path, exempt)


def _literal(host):
    """An IPv6 address; a zone (%eth0) names an interface of the server and is refused."""
    with suppress(ValueError):
        return "%" not in host and ":" in host and bool(ipaddress.ip_address(host))
    return False


def public(text):
    """Whether an address belongs to the public Internet, whatever it is wrapped in."""
    address = ipaddress.ip_address(text)
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    elif address in _NAT64:
        address = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    closed = any(address.version == network.version and address in network for network in _CLOSED)
    return address.is_global and not address.is_multicast and not closed


def resolve(host, port, seconds):
    """Addresses of a name, within a time limit that the system's resolver does not know."""
    found = []

    def ask():
        with suppress(OSError, UnicodeError):
            found.extend(item[4][0] for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0, seconds))
    return list(dict.fromkeys(found))


def _addresses(target, policy, deadline):
    """Where to connect: only addresses that may be followed; empty when a proxy must find the name."""
    found = resolve(target.host, target.port, deadline - time.monotonic())
    _in_time(deadline)
    allowed = [item for item in found if target.exempt or public(item)]
    if found and not allowed:
        raise FirmaError("fetch_refused", f"{target.host} is inside the network ({found[0]}): it is not followed.")
    if not found and not policy.proxy:
        raise FirmaError("fetch", f"The name {target.host} is not known.")
    return allowed[:_ADDRESSES]


def _in_time(deadline):
    if time.monotonic() >= deadline:
        raise FirmaError("fetch_time", "The answer took too long.")


def _exchange(target, policy, deadline, body, headers):
    """(where it sends, None) or (None, the bytes)."""
    addresses = _addresses(target, policy, deadline)
    connection = _Connection(target, policy, addresses, deadline)
    with closing(connection), connection.watched():
        path = target.path
        if policy.proxy and target.scheme == "http":
            path = f"http://{target.authority}{path}"
        connection.putrequest("GET" if body is None else "POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": target.authority, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        with closing(connection.getresponse()) as answer:
            _in_time(deadline)
            if answer.status in _REDIRECTS and answer.headers.get("Location"):
                return answer.headers["Location"], None
            return None, _body(answer, target, policy, deadline)


def _body(answer, target, policy, deadline):
    if answer.status != 200:
        raise FirmaError("fetch", f"{target.authority} answered {answer.status}.")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise FirmaError("fetch", f"{target.authority} answered compressed, which was not asked.")
    chunks = bytearray()
    too_large = FirmaError("too_large", f"{target.authority} answered more than {policy.max_bytes // 1024} kB.")
    if (answer.length or 0) > policy.max_bytes:
        raise too_large
    while chunk := answer.read1(1 << 16):
        chunks += chunk
        if len(chunks) > policy.max_bytes:
            raise too_large
        _in_time(deadline)
    _in_time(deadline)
    if answer.length:
        raise FirmaError("fetch", f"The answer of {target.authority} is not whole.")
    return bytes(chunks)


class _Connection(http.client.HTTPConnection):
    """Connects to an address already judged, and dies at the deadline whatever it is doing."""

    def __init__(self, target, policy, addresses, deadline):
        super().__init__(target.host, target.port)
        self._target, self._policy, self._found, self._deadline = target, policy, addresses, deadline
        self._twin = None
        if policy.proxy and target.scheme == "https":
            self.set_tunnel(target.host, target.port)

    @contextmanager
    def watched(self):
        """Per-read limits let a server that drips live for hours: at the deadline the connection is cut."""
        timer = threading.Timer(max(0, self._deadline - time.monotonic()), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if self._twin:
                self._twin.close()

    def _cut(self):
        with suppress(OSError, AttributeError):
            self._twin.shutdown(socket.SHUT_RDWR)

    def connect(self):
        self.sock = self._reach()
        self._twin = self.sock.dup()  # stays good while TLS takes the first one over
        if self._tunnel_host:
            self._tunnel()
        if self._target.scheme == "https":
            context = ssl.create_default_context()
            context.load_verify_locations(certifi.where())
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def _reach(self):
        places = [(address, self._target.port) for address in self._found]
        if self._policy.proxy:
            proxy = urlsplit(self._policy.proxy)
            places = [(proxy.hostname, proxy.port or 3128)]
        trouble = OSError("no address")
        for place in places:
            _in_time(self._deadline)
            try:
                return socket.create_connection(place, timeout=max(0.1, self._deadline - time.monotonic()))
            except OSError as error:
                trouble = error
        raise trouble
