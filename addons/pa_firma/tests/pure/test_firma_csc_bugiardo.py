"""A signing service, or somebody in its place, that lies, drips, floods, and says back what it was told."""

import base64
import json
import logging
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from csc_common import PASSWORD, PIN, code_of, open_signer, send_code
from pa_firma_tools import csc
from pa_firma_tools.csc import Secrets
from pa_firma_tools.errors import FirmaError

INFO, LOGIN, AUTHORIZE, SIGN = "credentials/info", "auth/login", "credentials/authorize", "signatures/signHash"


@contextmanager
def raw_server(speak, wrap=lambda one: one):
    """Speaks in its own way to whoever connects: `speak(connection, what it heard)`; gives its port and what it heard."""
    listener, heard = socket.create_server(("127.0.0.1", 0)), []
    listener.settimeout(0.1)
    over = threading.Event()

    def serve(connection):
        with suppress(OSError), connection:
            connection = wrap(connection)
            heard.append(connection.recv(65536))
            speak(connection, over)

    def run():
        while not over.is_set():
            with suppress(TimeoutError):
                threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        over.set()
        thread.join(5)
        listener.close()


def _drip(connection, over, piece):
    while not over.is_set():
        connection.sendall(piece)
        time.sleep(0.05)


def _headers_forever(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    _drip(connection, over, b"X")


def _status_forever(connection, over):
    _drip(connection, over, b"H")


def _chunks_forever(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _drip(connection, over, b"1\r\n \r\n")


def _continue_forever(connection, over):
    _drip(connection, over, b"HTTP/1.1 100 Continue\r\n\r\n")


def _cut_answer(connection, over):
    """What came before the end of time looks whole, and says that all is well."""
    connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n{"access_token": "x"}')
    over.wait(5)


@pytest.mark.parametrize("speak", [_headers_forever, _status_forever, _chunks_forever, _continue_forever, _cut_answer])
def test_an_answer_that_never_ends(speak):
    with raw_server(speak) as (port, _heard):
        start = time.monotonic()
        with pytest.raises(FirmaError) as refusal:
            csc.open_remote(csc.Service(url=f"http://127.0.0.1:{port}/csc/v1", seconds=1), "ada", "x", Secrets(password=PASSWORD))
        assert code_of(refusal) == "csc_timeout" and time.monotonic() - start < 3


def test_a_flood_is_cut():
    def flood(connection, over):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(b" " * 65536)

    with raw_server(flood) as (port, _heard), pytest.raises(FirmaError) as refusal:
        csc.open_remote(csc.Service(url=f"http://127.0.0.1:{port}/csc/v1", seconds=20), "ada", "x", Secrets(password=PASSWORD))
    assert code_of(refusal) == "csc_answer"


def test_a_certificate_that_nobody_vouches_for_hears_nothing(pki, tmp_path):
    key, cert, _others = pkcs12.load_key_and_certificates(pki.issue("127.0.0.1", "", "x"), b"x")
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "tls.pem").write_bytes(cert.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    with raw_server(lambda *_args: None, lambda one: context.wrap_socket(one, server_side=True)) as (port, heard):
        with pytest.raises(FirmaError) as refusal:
            csc.open_remote(csc.Service(url=f"https://127.0.0.1:{port}/csc/v1", seconds=3), "ada", "x", Secrets(password=PASSWORD))
        assert code_of(refusal) == "csc_unreachable" and not any(heard)


def test_in_clear_nothing_goes_to_a_proxy(service, version, ada, monkeypatch):
    """The environment's proxy is another machine: what is not encrypted never leaves this one."""
    with raw_server(lambda *_args: None) as (port, heard):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert len(open_signer(service, version, send_code(service, version, ada)).sign_many([b"1"])) == 1
        assert heard == []


def test_what_was_told_is_not_said_back(service, version, ada, caplog):
    """PIN, code, passwords, tokens and authorizations that the service puts in its refusals are not shown, logged nor kept."""
    caplog.set_level(logging.DEBUG)
    told, wanted = [], [PASSWORD, PIN, base64.b64encode(f"ada:{PASSWORD}".encode()).decode()]

    def note(method, content):
        status, answer = original(version, method, content, note.headers)
        told.extend(str(answer[name]) for name in ("access_token", "SAD") if name in answer)
        return status, answer

    original, note.at, note.otp = service.answer, "", ""

    def answer(asked_version, method, content, headers):
        note.headers = headers
        if method == note.at:
            return 400, {"error": "invalid_request", "error_description": " ".join([*wanted, *told, note.otp])}
        return note(method, content)

    service.answer = answer
    for at in (INFO, AUTHORIZE, SIGN):
        note.at = ""
        note.otp = send_code(service, version, ada)
        note.at = at
        told.clear()  # of another conversation
        with pytest.raises(FirmaError) as refusal:
            open_signer(service, version, note.otp).sign_many([b"1"])
        said = f"{refusal.value} {refusal.value.detail} {caplog.text}"
        told_by_now = [*wanted, *told] + ([note.otp] if at != INFO else [])
        assert code_of(refusal) == "csc_refused" and told  # the token of this one
        if at == INFO:  # the PIN has not been sent yet
            told_by_now.remove(PIN)
        assert [secret for secret in told_by_now if secret in said] == []


@pytest.mark.parametrize(
    "change",
    ['{"expiresIn": 1e999}', '{"expiresIn": %s}' % ("9" * 400), '{"expiresIn": NaN}', '{"expiresIn": -1}', '{"expiresIn": "x"}', '{"expiresIn": []}'],
)
def test_an_authorization_without_a_sensible_end(service, version, ada, change):
    original = service._authorize

    def authorize(*args):
        status, content = original(*args)
        return status, content | json.loads(change)

    service._authorize = authorize
    assert len(open_signer(service, version, send_code(service, version, ada)).sign_many([b"1"])) == 1


@pytest.mark.parametrize("value", ["1e999", "NaN", '"x"', "[]", "{}", "-5"])
def test_a_number_of_signatures_that_is_none(service, version, ada, value):
    original = service._describe

    def describe(*args):
        status, content = original(*args)
        return status, content | {"multisign": json.loads(value)}

    service._describe = describe
    try:
        assert open_signer(service, version).at_once == 1
    except FirmaError as error:
        assert error.code == "csc_answer"


@pytest.mark.parametrize("names", [["x" * 5000], ["a\x00b"], ["a\nb"], [PASSWORD], [f"CRED-{PASSWORD}"], [""], "x", [7], {"a": 1}])
def test_names_of_credentials_are_names(service, version, ada, names):
    """They are shown to the person and kept with the device."""
    service.fault = lambda method, _content: (200, {"credentialIDs": names}) if method == "credentials/list" else None
    with pytest.raises(FirmaError) as refusal:
        csc.find_credential(csc.Service(url=service.url(version), version=version), "ada", PASSWORD)
    assert code_of(refusal) == "csc_answer" and PASSWORD not in str(refusal.value)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_signatures_than_asked(service, version, ada, count):
    signer = open_signer(service, version, send_code(service, version, ada))
    original = service._sign

    def sign(*args):
        status, content = original(*args)
        return status, {"signatures": (content["signatures"] * 2)[:count]}

    service._sign = sign
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1", b"2"])
    assert code_of(refusal) == "csc_answer"


def test_signatures_in_another_order(service, version, ada):
    signer = open_signer(service, version, send_code(service, version, ada))
    original = service._sign

    def sign(*args):
        status, content = original(*args)
        return status, {"signatures": content["signatures"][::-1]}

    service._sign = sign
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1", b"2"])
    assert code_of(refusal) == "wrong_signature"
