"""The agent's HTTP server: loopback only, for the paired sites only."""

import json
import re
import socket
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import PORT
from .pairing import check_origin
from .problems import Problem

MAX_BODY = 64 * 1024 * 1024
MAX_SMALL_BODY = 4096
MAX_CONNECTIONS = 16
READ_SECONDS = 15
_LENGTH = re.compile(r"[0-9]{1,9}")

# path: (method, operation, may a site that is not paired yet ask it?)
ROUTES = {
    "/v1/status": ("GET", "status", False),
    "/v1/pair": ("POST", "pair", True),
    "/v1/unpair": ("POST", "unpair", False),
    "/v1/certificates": ("POST", "certificates", False),
    "/v1/sign": ("POST", "sign", False),
}


class Server(ThreadingHTTPServer):
    """Binds 127.0.0.1 and nothing else.

    :param plain_http: http origins that whoever started the agent accepts
    """

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, service, port=PORT, *, plain_http=(), max_body=MAX_BODY):
        self.service = service
        self.plain_http = frozenset(plain_http)
        self.max_body = max_body
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(("127.0.0.1", port), Handler)
        self.port = self.server_address[1]
        self.hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}

    def process_request(self, request, client_address):
        """One thread per connection, up to a limit; beyond it connections are closed at once."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        """Give the place back when the connection ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, _request, _client_address):
        """A connection broken by the browser is no news; anything else is printed without the request's content."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            traceback.print_tb(error.__traceback__)
            print(type(error).__name__, file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """One request per connection."""

    server_version = "pa-firma-agente"
    sys_version = ""
    timeout = READ_SECONDS

    def do_GET(self):
        """Ping, status."""
        self._serve("GET")

    def do_POST(self):
        """Everything else."""
        self._serve("POST")

    def do_OPTIONS(self):
        """CORS preflight."""
        self._origin = None
        try:
            self._check_host()
            method, _name, _open = self._route()
            self._check_origin()
            wanted = self.headers.get("Access-Control-Request-Method")
            if wanted != method:
                raise Problem("method")
        except Problem as problem:
            self._origin = None
            self._send(problem.status)
            return
        extra = {
            "Access-Control-Allow-Methods": method,
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "0",
        }
        if self.headers.get("Access-Control-Request-Private-Network") == "true":
            extra["Access-Control-Allow-Private-Network"] = "true"
        if self.headers.get("Access-Control-Request-Local-Network") == "true":
            extra["Access-Control-Allow-Local-Network"] = "true"
        self._send(204, headers=extra)

    def _serve(self, method):
        self._origin = None
        try:
            self._check_host()
            if method == "GET" and self.path == "/v1/ping":
                self._send(204)
                return
            expected, name, _open = self._route()
            self._check_origin()
            if method != expected:
                raise Problem("method")
            body = self._body(name) if method == "POST" else {}
            self._send(200, getattr(self.server.service, name)(self._origin, body))
        except Problem as problem:
            self._send(problem.status, problem.answer(self._language()))
        except OSError:
            raise
        except Exception as error:  # whatever came in, the agent goes on
            print(f"{name}: {type(error).__name__}", file=sys.stderr)
            traceback.print_tb(error.__traceback__)
            self._send(500, Problem("internal").answer(self._language()))

    def _check_host(self):
        """Only our own address: a name that an attacker's DNS points here is not one of ours."""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0].strip().lower() not in self.server.hosts:
            raise Problem("host")

    def _route(self):
        if self.path not in ROUTES:
            raise Problem("not_found")
        return ROUTES[self.path]

    def _check_origin(self):
        """Set the origin, which a browser's page cannot forge, when it may ask this; only then are answers readable."""
        origins = self.headers.get_all("Origin") or []
        if len(origins) != 1:
            raise Problem("origin")
        origin = check_origin(origins[0].strip(), self.server.plain_http)
        if not self._route()[2] and not self.server.service.is_paired(origin):
            raise Problem("not_paired")
        self._origin = origin

    def _body(self, name):
        """The JSON object sent. A type other than JSON is refused, so that browsers always ask with a preflight first."""
        if self.headers.get_content_type() != "application/json":
            raise Problem("media_type")
        lengths = self.headers.get_all("Content-Length") or []
        if (
            len(lengths) != 1
            or self.headers.get("Transfer-Encoding")
            or not _LENGTH.fullmatch(lengths[0].strip())
        ):
            raise Problem("length")
        size = int(lengths[0])
        if size > (self.server.max_body if name == "sign" else MAX_SMALL_BODY):
            raise Problem("too_large")
        raw = self.rfile.read(size)
        try:
            body = json.loads(raw) if len(raw) == size else None
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise Problem("malformed")
        return body

    def _language(self):
        return (
            "it" if (self.headers.get("Accept-Language") or "it").lower().startswith("it") else "en"
        )

    def _send(self, status, answer=None, headers=None):
        data = json.dumps(answer).encode() if answer is not None else b""
        self.send_response_only(status)
        if data:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Vary", "Origin")
        self.send_header("Connection", "close")
        if self._origin:
            self.send_header("Access-Control-Allow-Origin", self._origin)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self._drain(status)

    def _drain(self, status):
        """Let the other side finish sending what was refused unread, else it sees a broken connection, not the answer."""
        if status < 400:
            return
        self.close_connection = True
        self.wfile.flush()
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(2)
            left = 8 * 1024 * 1024
            while left > 0:
                piece = self.connection.recv(65536)
                if not piece:
                    return
                left -= len(piece)
        except OSError:
            return

    def send_error(self, code, *_args, **_more):
        """What http.server itself refuses (a line that is not HTTP, too many headers…)."""
        self._origin = None
        self._send(code)

    def log_message(self, *_args):
        """Nothing of what sites ask is written down."""
