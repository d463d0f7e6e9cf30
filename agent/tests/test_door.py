"""Who may speak to the agent: hosts, origins, pairing, sizes, replays, rubbish."""

import json
import os
import random
import socket
import stat

import pytest
from asking import ORIGIN, Site, document
from pa_firma_agente.limits import NONCE_SECONDS, Nonces, Windows
from pa_firma_agente.pairing import Pairings, check_origin
from pa_firma_agente.problems import Problem

PREFLIGHT = {
    "Access_Control_Request_Method": "POST",
    "Access_Control_Request_Headers": "content-type",
}


def test_pairing_asks_and_remembers(agent, person, tmp_path):
    site = Site(agent.port)
    assert site.get("/v1/status")[1]["error"] == "not_paired"
    person.says = False
    assert site.post("/v1/pair", {"code": "123456"})[1]["error"] == "refused"
    assert Pairings(tmp_path / "agent").origins() == {}
    person.says = True
    assert site.post("/v1/pair", {"code": "123456"})[1]["error"] == "too_many", (
        "a site that was refused keeps quiet"
    )
    agent.service._strangers = Windows()
    assert site.post("/v1/pair", {"code": "482913"}) == (200, {"paired": True})
    assert person.shown == [("pair", ORIGIN, "123456"), ("pair", ORIGIN, "482913")]
    status, answer = site.get("/v1/status")
    assert status == 200 and answer["protocol"] == 1 and answer["nonce"]
    assert (
        site.post("/v1/pair", {"code": "482913"}) == (200, {"paired": True})
        and len(person.shown) == 2
    )
    file = tmp_path / "agent" / "origins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(json.loads(file.read_text())["origins"]) == [ORIGIN]
    assert site.post("/v1/unpair", {}) == (200, {"paired": False})
    assert site.get("/v1/status")[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://atti.comune.example.evil.example",
        "https://evil.example",
        "https://atti.comune.example:444",
        "http://atti.comune.example",
        "null",
        "",
        None,
    ],
)
def test_another_origin_gets_nothing(site, person, tokens, origin):
    other = Site(site.port, origin)
    nonce = site.nonce()
    status, headers, body = other.raw("GET", "/v1/status")
    assert status == 403 and "nonce" not in json.loads(body)
    assert headers["Access-Control-Allow-Origin"] is None
    request = json.dumps({"nonce": nonce, "documents": [document(tokens["ec"])]})
    for path in ("/v1/sign", "/v1/certificates", "/v1/unpair"):
        status, headers, _body = other.raw("POST", path, request, Content_Type="application/json")
        assert status == 403 and headers["Access-Control-Allow-Origin"] is None
        status, headers, _body = other.raw("OPTIONS", path, **PREFLIGHT)
        assert status == 403 and not [
            name for name in headers if name.lower().startswith("access-control")
        ]
    assert len(person.shown) == 1


def test_a_nonce_of_another_paired_site_is_not_good(site, agent, person):
    other = Site(agent.port, "https://altro.example")
    other.post("/v1/pair", {"code": "000000"})
    assert other.post("/v1/certificates", {"nonce": site.nonce()})[1]["error"] == "nonce"


def test_preflight_for_the_paired_origin_only_and_no_wildcard(site):
    status, headers, _body = site.raw(
        "OPTIONS", "/v1/sign", **PREFLIGHT, Access_Control_Request_Private_Network="true"
    )
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    assert headers["Access-Control-Allow-Methods"] == "POST" and headers["Vary"] == "Origin"
    assert headers["Access-Control-Allow-Credentials"] is None
    status, headers, _body = site.raw("OPTIONS", "/v1/sign", **PREFLIGHT)
    assert headers["Access-Control-Allow-Private-Network"] is None
    assert site.raw("OPTIONS", "/v1/sign", Access_Control_Request_Method="DELETE")[0] == 405
    # the door to pairing is open to any https site, and to nothing else of it
    stranger = Site(site.port, "https://evil.example")
    assert (
        stranger.raw("OPTIONS", "/v1/pair", **PREFLIGHT)[1]["Access-Control-Allow-Origin"]
        == "https://evil.example"
    )


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "",
        "localhost:{port}@evil.example",
    ],
)
def test_dns_rebinding(site, person, host):
    """A page of a name that an attacker points at 127.0.0.1 sends that name as Host."""
    host = host.format(port=site.port)
    for method, path in (
        ("GET", "/v1/status"),
        ("POST", "/v1/pair"),
        ("GET", "/v1/ping"),
        ("OPTIONS", "/v1/pair"),
    ):
        status, headers, _body = site.raw(
            method, path, Host=host, **(PREFLIGHT if method == "OPTIONS" else {})
        )
        assert status == 421 and headers["Access-Control-Allow-Origin"] is None, (method, path)
    assert len(person.shown) == 1


def test_ping_tells_nothing(agent):
    status, headers, body = Site(agent.port, "https://evil.example").raw("GET", "/v1/ping")
    assert (status, body) == (204, b"") and headers["Access-Control-Allow-Origin"] is None


def test_replay(site, tokens, person):
    nonce = site.nonce()
    assert site.post("/v1/certificates", {"nonce": nonce})[0] == 200
    assert site.post("/v1/certificates", {"nonce": nonce})[1]["error"] == "nonce"
    request = {
        "nonce": nonce,
        "certificate_sha256": "0" * 64,
        "documents": [document(tokens["ec"])],
    }
    assert site.post("/v1/sign", request)[1]["error"] == "nonce"
    assert site.post("/v1/sign", request | {"nonce": 7})[1]["error"] == "nonce"
    assert [kind for kind, *_ in person.shown] == ["pair", "certificates"]


def test_nonces_expire_and_are_few():
    now = [0.0]
    nonces = Nonces(clock=lambda: now[0])
    first = nonces.give(ORIGIN)
    now[0] = NONCE_SECONDS + 1
    assert not nonces.take(ORIGIN, first)
    given = [nonces.give(ORIGIN) for _n in range(100)]
    assert not nonces.take(ORIGIN, given[0]) and nonces.take(ORIGIN, given[-1])


def test_too_many_windows(site, person):
    codes = [site.post("/v1/certificates", {"nonce": site.nonce()})[0] for _n in range(11)]
    assert codes == [200] * 10 + [429], "ten a minute"


def test_strangers_do_not_use_up_the_windows(site, person):
    person.says = False
    others = [Site(site.port, f"https://{n}.example") for n in range(5)]
    answers = [other.post("/v1/pair", {"code": "123456"})[1]["error"] for other in others]
    assert answers == ["refused"] * 2 + ["too_many"] * 3, (
        "three a minute, the pairing of the site included"
    )
    person.says = True
    assert site.post("/v1/certificates", {"nonce": site.nonce()})[0] == 200


def test_oversize(site, person):
    status, answer = site.post("/v1/sign", json.dumps({"nonce": "x" * 400_000}))
    assert (status, answer["error"]) == (413, "too_large")
    status, answer = site.post("/v1/pair", json.dumps({"code": "1" * 5000}))
    assert (status, answer["error"]) == (413, "too_large")
    assert site.post("/v1/certificates", "{}", Content_Length=str(10**8))[0] == 413
    assert site.post("/v1/certificates", "{}", Content_Length="-1")[0] == 411
    assert (
        site.raw("POST", "/v1/sign", iter([b"{}"]), Content_Type="application/json")[0] == 411
    )  # chunked


def test_not_json_is_refused_so_that_browsers_always_ask_first(site):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert site.raw("POST", "/v1/certificates", "{}", Content_Type=kind)[0] == 415


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "1" * 4000, '"x"', "[" * 4000, b"\xff\xfe", b"\x00" * 100]
)
def test_malformed_bodies(site, body):
    assert site.post("/v1/certificates", body)[1]["error"] == "malformed"


def test_malformed_fields(site, tokens, person):
    good = document(tokens["ec"])
    for name, values in {
        "id": [None, 1, "", "x" * 65, "a b", ["1"]],
        "name": [None, 1, "", " \u200b ", "x" * 301],
        "document_sha256": [None, "", "z" * 64, "A" * 64, 1],
        "to_sign": [None, 1, "è", "a", []],
        "digest_algorithm": ["md5", "sha1", None, 1, []],
    }.items():
        for value in values:
            status, answer = site.sign(tokens["ec"], [good | {name: value}])
            assert (status, answer["error"]) == (400, "malformed"), (name, value, answer)
    for documents in ([], None, {}, "x", [1], [None], [good, good], [good] * 501):
        assert site.sign(tokens["ec"], documents)[1]["error"] in ("malformed", "too_large")
    for sha256 in (None, "x", 7):
        assert site.sign(tokens["ec"], [good], certificate_sha256=sha256)[1]["error"] == "malformed"
    assert len(person.shown) == 1


def test_rubbish_on_the_socket_never_stops_it(site, agent):
    """Anything may arrive; the agent answers or closes, and the next request is served."""
    chance = random.Random(7)
    good = f"POST /v1/sign HTTP/1.1\r\nHost: 127.0.0.1:{agent.port}\r\nOrigin: {ORIGIN}\r\nContent-Type: application/json\r\n"
    pieces = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET " + b"/" * 70000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/status HTTP/9.9\r\n\r\n",
        b"GET http://evil.example/v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /v1/status HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
        good.encode() + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        good.encode() + b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}",
        good.encode() + b"Origin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}",
        good.encode() + b"Content-Length: 50\r\n\r\n{}",
        *(chance.randbytes(chance.randrange(1, 400)) for _n in range(40)),
    ]
    for piece in pieces:
        with socket.create_connection(("127.0.0.1", agent.port), timeout=10) as connection:
            connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while data := connection.recv(65536):
                    answer += data
            except ConnectionError:
                pass
        assert not answer.startswith(b"HTTP/1.0 2"), piece[:60]
    assert site.get("/v1/status")[0] == 200


def test_listens_on_loopback_only(agent):
    assert agent.socket.getsockname()[0] == "127.0.0.1"
    outside = next(
        (item[4][0] for item in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)),
        "127.0.0.1",
    )
    if not outside.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((outside, agent.port), timeout=2)


def test_origins():
    for good in (
        "https://a.it",
        "https://a.it:8443",
        "http://localhost:8069",
        "http://127.0.0.1:8069",
        "http://[::1]:80",
    ):
        assert check_origin(good) == good
    assert check_origin("http://intranet:8069", {"http://intranet:8069"})
    for bad in ("http://intranet:8069", "http://localhost.evil.example"):
        with pytest.raises(Problem, match="insecure_origin"):
            check_origin(bad)
    for bad in (
        "*",
        "null",
        "https://a.it/",
        "https://a.it/x",
        "HTTPS://a.it",
        "https://a@b",
        "file://",
        "https://a.it:0",
        "x" * 999,
    ):
        with pytest.raises(Problem, match="origin"):
            check_origin(bad)


def test_a_spoilt_file_of_pairings_pairs_nobody(tmp_path):
    pairings = Pairings(tmp_path)
    for text in ("", "{", "[]", '{"origins": []}', "\x00"):
        (tmp_path / "origins.json").write_text(text)
        assert pairings.origins() == {}
    pairings.add(ORIGIN)
    assert list(pairings.origins()) == [ORIGIN]
    assert os.listdir(tmp_path) == ["origins.json"]
