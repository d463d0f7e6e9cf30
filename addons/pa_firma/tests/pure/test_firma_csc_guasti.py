"""What a remote signing service may do wrong: each is a clear refusal, and nothing hangs."""

import time

import pytest
from csc_common import CODE, PASSWORD, code_of, open_signer, send_code
from pa_firma_tools import csc, csc_http
from pa_firma_tools.csc import Secrets
from pa_firma_tools.csc_service import Refused, TrainingService
from pa_firma_tools.errors import FirmaError


def test_expired_authorization(service, version, ada):
    service.sad_seconds = 1
    signer = open_signer(service, version, send_code(service, version, ada))
    service.fault = lambda method, _content: time.sleep(1.1) if method == "signatures/signHash" else None
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert code_of(refusal) == "csc_expired"


def test_cut_in_the_middle_keeps_what_came(service, version, ada):
    signer = open_signer(service, version, send_code(service, version, ada), per_call=2)
    service.fault = lambda method, _content: (
        (503, {}) if method == "signatures/signHash" and service.calls.count(method) == 2 else None
    )
    came = []
    with pytest.raises(FirmaError) as refusal:
        for signature in signer.sign_each([b"1", b"2", b"3", b"4"]):
            came.append(signature)
    assert code_of(refusal) == "csc_server" and len(came) == 2


SIGN = "signatures/signHash"
FAULTS = [
    (SIGN, (200, b"not json"), "csc_answer"),
    (SIGN, (200, b"[1]"), "csc_answer"),
    (SIGN, (200, b"[" * 100_000), "csc_answer"),
    (SIGN, (200, {"signatures": []}), "csc_answer"),
    (SIGN, (200, {"signatures": ["AAAA", "AAAA"]}), "csc_answer"),
    (SIGN, (200, {"signatures": ["è"]}), "csc_answer"),
    (SIGN, (200, {"signatures": [7]}), "csc_answer"),
    (SIGN, (200, {"signatures": "AAAA"}), "csc_answer"),
    (SIGN, (200, {"signatures": ["AAAA"]}), "wrong_signature"),
    (SIGN, (200, b" " * (5 * 1024 * 1024)), "csc_answer"),
    (SIGN, (500, {}), "csc_server"),
    (SIGN, (502, b"<html>"), "csc_server"),
    (SIGN, (404, b"<html>"), "csc_answer"),
    (SIGN, (429, {"error": "slow_down", "error_description": "Riprovare"}), "csc_refused"),
    (SIGN, (400, {"error": "invalid_request", "error_description": "SAD expired"}), "csc_expired"),
    ("credentials/authorize", (200, {}), "csc_answer"),
    ("credentials/authorize", (200, {"SAD": 7}), "csc_answer"),
    ("credentials/authorize", (401, {"error": "invalid_token"}), "csc_login"),
]


@pytest.mark.parametrize(("method", "answer", "code"), FAULTS)
def test_faults_of_the_service(service, version, ada, method, answer, code):
    signer = open_signer(service, version, send_code(service, version, ada))
    service.fault = lambda called, _content: answer if called == method else None
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert code_of(refusal) in (code, "csc_refused" if code == "csc_answer" else code)


INFO = [{}, {"key": {}}, {"cert": {"certificates": ["AAAA"]}}, {"cert": {"certificates": "x"}, "key": 1}, {"cert": None}]


@pytest.mark.parametrize("content", INFO)
def test_unreadable_credential(service, version, ada, content):
    service.fault = lambda method, _content: (200, content) if method == "credentials/info" else None
    with pytest.raises(FirmaError) as refusal:
        open_signer(service, version)
    assert code_of(refusal) in ("csc_answer", "certificate")


def test_signature_by_another_key_is_refused(service, version, ada, key_files, pki):
    other = service.add("ugo", pki.issue("Ada Neri", CODE, "x", kind="ec"), "x")
    signer = open_signer(service, version, send_code(service, version, ada))
    ada.key = other.key
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert code_of(refusal) == "wrong_signature"


def test_sent_elsewhere_is_not_followed(service, version, ada):
    """Neither by a redirect, nor by what the service says of its own OAuth addresses."""
    with TrainingService() as elsewhere:

        def send(method, _content):
            raise Refused(307, Location=elsewhere.url(version) + "/" + method)

        service.fault = send
        with pytest.raises(FirmaError) as refusal:
            open_signer(service, version)
        assert code_of(refusal) == "csc_redirect" and elsewhere.calls == []


def test_slow_service(service, version, ada):
    signer = open_signer(service, version, send_code(service, version, ada), seconds=1)
    service.fault = lambda method, _content: time.sleep(3)
    start = time.monotonic()
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert code_of(refusal) == "csc_timeout" and time.monotonic() - start < 2.5


def test_dead_service(version):
    with pytest.raises(FirmaError) as refusal:
        csc.open_remote(csc.Service(url="http://127.0.0.1:9/csc/v1"), "ada", "x", Secrets(password=PASSWORD))
    assert code_of(refusal) == "csc_unreachable" and PASSWORD not in str(refusal.value)


def test_addresses():
    for url in ("https://firma.example/csc/v1", "http://127.0.0.1:80/csc/v1", "http://localhost/csc", "http://[::1]/csc"):
        assert csc_http.check_address(url) == url
    bad = ["", None, "firma.example", "http://firma.example/csc/v1", "ftp://127.0.0.1/", "https://", "https://u:p@firma.example"]
    bad += ["https://firma.example/?a=b", "https://firma.example/#a", "http://127.0.0.1.firma.example/", "https://firma.example:0/"]
    for url in bad:
        with pytest.raises(FirmaError) as refusal:
            csc_http.check_address(url)
        assert refusal.value.code == "csc_address"


def test_modes_that_need_the_services_own_pages(service, version, ada):
    change = {"v1": {"authMode": "oauth2code"}, "v2": {"auth": {"mode": "oauth2code"}}}[version]
    original = service._describe

    def describe(*args):
        status, content = original(*args)
        return status, content | change

    service._describe = describe
    with pytest.raises(FirmaError) as refusal:
        open_signer(service, version)
    assert code_of(refusal) == "csc_mode"
