"""A timestamp authority, or somebody in its place, that drips, floods, sends elsewhere; and one that wants a password."""

import base64
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pa_firma_tools import sign_timestamp
from pa_firma_tools.errors import FirmaError

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n"


@contextmanager
def authority(speak):
    """`speak(handler, over)` answers each request; gives the address and the headers that came."""
    came, over = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            came.append(dict(self.headers))
            self.body = self.rfile.read(int(self.headers["Content-Length"]))
            speak(self, over)

        do_GET = do_POST

        def log_message(self, *_args):
            pass

        def finish(self):
            try:
                super().finish()
            except OSError:
                pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_args: None  # the client hangs up
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}/tsa", came
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _drip(handler, over, start, piece):
    handler.wfile.write(start)
    while not over.is_set():
        handler.wfile.write(piece)
        handler.wfile.flush()
        time.sleep(0.05)


ENDLESS = {
    "headers": lambda handler, over: _drip(handler, over, b"HTTP/1.1 200 OK\r\nX", b"X"),
    "chunks": lambda handler, over: _drip(handler, over, HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n0\r\n"),
    "body": lambda handler, over: _drip(handler, over, HEADERS + b"\r\n", b"0"),
    "flood": lambda handler, over: _drip(handler, over, HEADERS + b"\r\n", b"0" * (1 << 20)),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_that_never_ends(kind):
    with authority(ENDLESS[kind]) as (address, _came):
        start = time.monotonic()
        with pytest.raises(FirmaError) as refusal:
            sign_timestamp.make_timestamp(b"x", f"http://{address}", timeout=1)
        assert refusal.value.code == "timestamp" and time.monotonic() - start < 3


def test_sent_elsewhere_is_not_followed():
    with authority(lambda handler, _over: handler.wfile.write(HEADERS + b"\r\nx")) as (other, heard):

        def send(handler, _over):
            handler.send_response(307)
            handler.send_header("Location", f"http://{other}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with authority(send) as (address, _came), pytest.raises(FirmaError) as refusal:
            sign_timestamp.make_timestamp(b"x", f"http://{address}", timeout=2)
        assert refusal.value.code == "timestamp" and heard == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/tsa", "http://127.0.0.1:99999/", "http://[::1", "file:///etc/passwd", "x", "http://127.0.0.1:9/"])
def test_what_is_no_address(url):
    with pytest.raises(FirmaError) as refusal:
        sign_timestamp.make_timestamp(b"x", url, timeout=2)
    assert refusal.value.code == "timestamp"


def test_name_and_password_in_the_address(tsa):
    """Many authorities are paid for by name and password: they go in the header meant for them, and in no message."""

    def pass_on(handler, _over):
        from urllib.request import Request, urlopen

        answer = urlopen(Request(tsa.url, handler.body, {"Content-Type": "application/timestamp-query"})).read()
        handler.wfile.write(HEADERS + f"Content-Length: {len(answer)}\r\n\r\n".encode() + answer)

    with authority(pass_on) as (address, came):
        assert sign_timestamp.make_timestamp(b"x", f"http://comune:parola%21@{address}", timeout=5)
    assert came[0]["Authorization"] == "Basic " + base64.b64encode(b"comune:parola!").decode()
    assert came[0]["Content-Type"] == "application/timestamp-query"
    with pytest.raises(FirmaError) as refusal:
        sign_timestamp.make_timestamp(b"x", "http://comune:parola@127.0.0.1:9/", timeout=2)
    assert "parola" not in f"{refusal.value} {refusal.value.__cause__} {refusal.value.__cause__.__cause__}"


@pytest.mark.parametrize("written", ["http://{}", "{}"])
def test_the_servers_proxy_is_used(tsa, monkeypatch, written):
    """As every program of the server does: behind a firewall there is no other way to the authority."""

    def refuse(handler, _over):
        handler.send_error(502)

    with authority(refuse) as (address, came):
        monkeypatch.setenv("http_proxy", written.format(address.partition("/")[0]))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(FirmaError):
            sign_timestamp.make_timestamp(b"x", tsa.url, timeout=3)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert sign_timestamp.make_timestamp(b"x", tsa.url, timeout=5)
    assert len(came) == 1
