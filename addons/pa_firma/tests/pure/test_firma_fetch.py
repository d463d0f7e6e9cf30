"""The guarded client against a real server on loopback, and addresses that must not be followed."""

import gzip
import http.server
import socket
import ssl
import threading
import time

import pytest
from by_hand import Authority
from pa_firma_tools import fetch
from pa_firma_tools.errors import FirmaError

BODY = b"revocation list"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        getattr(self, "serve_" + self.path.strip("/").split("/")[0].split("?")[0], self.serve_404)()

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.server.seen.append((self.path, dict(self.headers)))
        if self.path == "/move":
            return self.serve_move()
        self._send(200, self.rfile.read(size)[::-1])

    def _send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve_404(self):
        self._send(404, b"nothing here")

    def serve_good(self):
        self._send(200, BODY, Set_Cookie="a=b")

    def serve_move(self):
        self._send(302, Location="/good")

    def serve_metadata(self):
        self._send(302, Location="http://169.254.169.254/latest/meta-data/")

    def serve_file(self):
        self._send(302, Location="file:///etc/passwd")

    def serve_elsewhere(self):
        self._send(302, Location="http://127.0.0.1:%d/good" % self.server.other)

    def serve_loop(self):
        self._send(302, Location="/loop")

    def serve_declared(self):
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()

    def serve_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"x" * 10)
        self.close_connection = True

    def serve_chunked(self):
        self._chunks(5)

    def serve_endless(self):
        self._chunks(10**9)

    def _chunks(self, number):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _n in range(number):
            self.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def serve_line(self):
        """A chunk's size, or a header, that never ends."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _n in range(10**6):
            self.wfile.write(b"0" * 65536)

    def serve_drip(self):
        self.send_response(200)
        self.end_headers()
        for _n in range(1000):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def serve_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            self.wfile.write(b"X-%d: y\r\n" % number)
            time.sleep(0.1)

    def serve_continue(self):
        for _n in range(1000):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    def serve_bomb(self):
        self._send(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def log_message(self, *_args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    seen: list

    def handle_error(self, *_args):
        """Clients hang up on purpose."""


@pytest.fixture(scope="module")
def server():
    with Server(("127.0.0.1", 0), Handler) as running, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        running.seen, running.other = [], other.getsockname()[1]
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def get(server):
    def run(path, **options):
        port = server.server_address[1]
        body = options.pop("body", None)
        policy = fetch.Policy(**{"allowed": frozenset({f"127.0.0.1:{port}"}), "seconds": 5, **options})
        return fetch.fetch(f"http://127.0.0.1:{port}{path}", policy, body=body)

    return run


def refused(code, function, *args, **options):
    with pytest.raises(FirmaError) as caught:
        function(*args, **options)
    assert caught.value.code == code, caught.value.detail
    return caught.value.detail


def test_good(get, server):
    assert get("/good") == BODY and get("/move") == BODY and get("/chunked") == b"x" * 5 * 4096
    assert get("/ocsp", body=b"abc") == b"cba"
    path, headers = server.seen[-1]
    assert headers["User-Agent"] == "pa-firma/19.0" and headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)
    get("/good?a=b%20c")
    assert server.seen[-1][0] == "/good?a=b%20c" and "Cookie" not in server.seen[-1][1]


def test_environment_is_not_listened_to(get, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert get("/good") == BODY


@pytest.mark.parametrize("path", ["/metadata", "/file", "/elsewhere", "/loop"])
def test_redirects_that_are_not_followed(get, path):
    refused("fetch_refused", get, path)


def test_post_is_not_sent_elsewhere(get):
    refused("fetch_refused", get, "/move", body=b"x")


def test_https_does_not_fall_back(monkeypatch):
    monkeypatch.setattr(fetch, "_exchange", lambda *_args: ("http://example.org/", None))
    refused("fetch_refused", fetch.fetch, "https://example.org/")


@pytest.mark.parametrize("path", ["/declared", "/endless"])
def test_endless_body(get, path):
    refused("too_large", get, path, max_bytes=100_000)


@pytest.mark.parametrize("path", ["/404", "/short", "/bomb", "/line"])
def test_bad_answers(get, path):
    refused("fetch", get, path)


@pytest.mark.parametrize("path", ["/drip", "/headers", "/continue"])
def test_slow_answers_end_on_time(get, path):
    begun = time.monotonic()
    refused("fetch_time", get, path, seconds=0.6)
    assert time.monotonic() - begun < 1.5


def test_silent_tls_ends_on_time():
    """A server that accepts and says nothing while TLS waits for it."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        policy = fetch.Policy(allowed=frozenset({f"127.0.0.1:{port}"}), seconds=0.5)
        begun = time.monotonic()
        refused("fetch_time", fetch.fetch, f"https://127.0.0.1:{port}/", policy)
        assert time.monotonic() - begun < 1.5


def test_tls_with_a_certificate_that_nobody_vouches_for(tmp_path):
    """An exemption is about addresses: who answers must still be who the name says."""
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.root.cert_file, authority.root.key_file)
    with Server(("127.0.0.1", 0), Handler) as secure:
        secure.seen = []
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        threading.Thread(target=secure.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{secure.server_address[1]}"
        detail = refused("fetch", fetch.fetch, f"https://{host}/good", fetch.Policy(allowed=frozenset({host}), seconds=5))
        assert "CERTIFICATE_VERIFY_FAILED" in detail and not secure.seen
        secure.shutdown()


def test_slow_resolver_ends_on_time(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: time.sleep(5))
    begun = time.monotonic()
    refused("fetch_time", fetch.fetch, "http://slow.example/", fetch.Policy(seconds=0.3))
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://0/", "http://0.0.0.0/", "http://127.1/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://169.254.169.254/",
        "http://168.63.129.16/", "http://100.100.100.200/", "http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.1.1/",
        "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://192.0.0.192/", "http://192.88.99.1/",
        "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::169.254.169.254]/", "http://[64:ff9b:1::a00:1]/", "http://[fe80::1]/",
        "http://[fe80::1%25lo]/", "http://[fd00:ec2::254]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/", "http://[2001:db8::1]/", "http://[3fff::1]/",
    ],
)  # fmt: skip
def test_addresses_inside_the_network(url):
    refused("fetch_refused", fetch.fetch, url, fetch.Policy(seconds=3))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "ldap://example.org/cn=CA", "gopher://example.org/", "//example.org/", "", None,
        "http://", "http:///x", "http://user@example.org/", "http://user:pw@example.org/", "http://example.org:22/",
        "http://example.org:8080/", "http://example.org:99999/", "http://exa mple.org/", "http://example.org\\@127.0.0.1/",
        "http://example.org/\r\nHost: x", "http://ⓛocalhost/", "http://-x/", "http://[::1", "http://" + "a" * 3000, "javascript:x",
    ],
)  # fmt: skip
def test_addresses_that_are_not_followed(url):
    refused("fetch_refused", fetch.fetch, url)


@pytest.mark.parametrize("text", ["8.8.8.8", "193.206.1.1", "2a00:1450:4002::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public(text):
    assert fetch.public(text)


def test_name_that_leads_inside(monkeypatch):
    """The name is asked once; what it said is judged, and is where the connection goes."""
    asked, reached = [], []

    def answers(host, *_args, **_options):
        asked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 80))]

    def connect(place, timeout):
        reached.append(place)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    monkeypatch.setattr(socket, "create_connection", connect)
    refused("fetch", fetch.fetch, "http://rebind.example/")
    assert asked == ["rebind.example"] and reached == [("8.8.8.8", 80)]
    refused("fetch_refused", fetch.fetch, "http://rebind.example/")
    assert len(reached) == 1


def test_one_public_address_among_private_ones(monkeypatch):
    reached = []
    found = [(2, 1, 6, "", ("10.0.0.1", 80)), (2, 1, 6, "", ("8.8.8.8", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)

    def connect(place, timeout):
        reached.append(place[0])
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    refused("fetch", fetch.fetch, "http://both.example/")
    assert reached == ["8.8.8.8"]


def test_exemptions(server):
    """A host is exempt on the usual ports only, a host with a port on that one only."""
    port = server.server_address[1]
    url = f"http://127.0.0.1:{port}/good"
    for allowed in ((), ("127.0.0.1",), ("localhost",), (f"localhost:{port}",), (f"127.0.0.1:{port + 1}",)):
        refused("fetch_refused", fetch.fetch, url, fetch.Policy(allowed=frozenset(allowed)))
    assert fetch.parse("http://127.0.0.1/", fetch.Policy(allowed=frozenset({"127.0.0.1"}))).exempt


def test_proxy(server):
    """Through a proxy that the administrator names: the whole address is asked of it, inner ones still are refused."""
    port = server.server_address[1]
    policy = fetch.Policy(proxy=f"http://127.0.0.1:{port}", seconds=5)
    refused("fetch", fetch.fetch, "http://no-such-name.invalid/x?y", policy)
    path, headers = server.seen[-1]
    assert path == "http://no-such-name.invalid/x?y" and headers["Host"] == "no-such-name.invalid"
    refused("fetch_refused", fetch.fetch, "http://10.0.0.1/", policy)


def test_closed_port():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        policy = fetch.Policy(allowed=frozenset({f"127.0.0.1:{port}"}), seconds=2)
        refused("fetch", fetch.fetch, f"http://127.0.0.1:{port}/", policy)
