"""Remote signing (CSC API) against a service on loopback, in both versions: what it gives, what it refuses, what it does wrong."""

import json
import logging
import time

import pytest
from pa_firma_tools import csc, csc_http, pades, two_phase, verify
from pa_firma_tools.csc import Secrets
from pa_firma_tools.csc_service import Refused, TrainingService
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale

CODE = demo_codice_fiscale("Neri", "Ada")
PIN, PASSWORD = "135790", "parola-ada"


@pytest.fixture(params=["v1", "v2"])
def version(request):
    return request.param


@pytest.fixture
def service():
    with TrainingService(client=("comune", "segreto-del-comune")) as running:
        yield running


@pytest.fixture(scope="module")
def key_files(pki):
    return {kind: pki.issue("Ada Neri", CODE, "x", kind=kind) for kind in ("rsa", "ec")}


@pytest.fixture
def ada(service, key_files):
    return service.add("ada", key_files["ec"], "x")


def _open(service, version, otp="", **options):
    settings = csc.Service(url=service.url(version), version=version, **options)
    secrets = Secrets(password=PASSWORD, pin=PIN, otp=otp)
    return csc.open_remote(settings, "ada", "CRED-ada", secrets)


def _code(service, version, account):
    client = csc.Client(csc.Service(url=service.url(version), version=version))
    client.enter("ada", PASSWORD)
    client.send_code(client.credential(account.credential))
    client.close()
    return account.codes[-1]


def _code_of(refusal):
    return refusal.value.code


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_batch_is_signed_with_one_pin_and_code(service, version, kind, key_files, pdf, pki, tsa):
    account = service.add("ada", key_files[kind], "x")
    signer = _open(service, version, _code(service, version, account))
    request = pades.SignatureRequest(tsa_url=tsa.url)
    prepared = [two_phase.prepare_pdf(pdf, signer.signing_cert, signer.chain, request) for _n in range(4)]
    signatures = signer.sign_many([item.to_sign for item in prepared])
    signer.close()
    assert service.authorizations == 1 and service.calls.count("signatures/signHash") == 1
    for item, signature in zip(prepared, signatures, strict=True):
        report = verify.verify_pdf(two_phase.finish_pdf(item, signature, request), original=pdf, trust=[pki.root_pem])
        assert report["verdict"] == "valid" and report["signatures"][0]["codice_fiscale"] == CODE


@pytest.mark.parametrize("algorithm", ["1.2.840.113549.1.1.10", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"])
def test_rsa_in_the_way_that_the_credential_wants(service, version, algorithm, key_files, pdf, pki):
    account = service.add("ada", key_files["rsa"], "x", algorithms=[algorithm])
    signer = _open(service, version, _code(service, version, account))
    signed = pades.sign_pdf(pdf, signer)  # one signature goes the ordinary way too
    assert verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])["verdict"] == "valid"


def test_calls_are_split_and_the_authorization_extended(service, version, ada):
    signer = _open(service, version, _code(service, version, ada), per_call=3)
    assert len(signer.sign_many([bytes([n]) for n in range(8)])) == 8
    assert service.authorizations == 1
    assert [service.calls.count(name) for name in ("signatures/signHash", "credentials/extendTransaction")] == [3, 2]


def test_more_than_the_service_gives_at_once(service, version, ada):
    ada.multisign = 2
    signer = _open(service, version, _code(service, version, ada))
    assert signer.at_once == 2
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1", b"2", b"3"])
    assert _code_of(refusal) == "csc_multisign" and service.authorizations == 0


def test_code_is_good_once(service, version, ada):
    signer = _open(service, version, _code(service, version, ada))
    signer.sign_many([b"1"])
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"2"])
    assert _code_of(refusal) in ("csc_otp", "csc_data")


def test_what_is_missing_is_said_before_the_service_counts_an_attempt(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    for secrets, code in (
        (Secrets(password=PASSWORD, otp="1"), "csc_pin_missing"),
        (Secrets(password=PASSWORD, pin=PIN), "csc_otp_missing"),
    ):
        signer = csc.open_remote(settings, "ada", "CRED-ada", secrets)
        with pytest.raises(FirmaError) as refusal:
            signer.sign_many([b"1"])
        assert _code_of(refusal) == code
    assert "credentials/authorize" not in service.calls


def test_wrong_pin_wrong_code_then_locked(service, version, ada):
    codes = []
    for pin, otp in ((PIN, "000000"), ("9", "0"), ("9", "0"), ("9", "0"), (PIN, "0")):
        settings = csc.Service(url=service.url(version), version=version)
        signer = csc.open_remote(settings, "ada", "CRED-ada", Secrets(password=PASSWORD, pin=pin, otp=otp))
        with pytest.raises(FirmaError) as refusal:
            signer.sign_many([b"1"])
        codes.append(_code_of(refusal))
    expected = ["csc_otp", "csc_pin"] if version == "v1" else ["csc_data"] * 2
    assert codes == [*expected, expected[1], expected[1], "csc_locked"]


def test_wrong_account_password_and_somebody_elses_credential(service, version, ada, key_files):
    service.add("ugo", key_files["rsa"], "x")
    settings = csc.Service(url=service.url(version), version=version)
    cases = (("ada", "sbagliata", "CRED-ada"), ("nessuno", PASSWORD, "CRED-ada"), ("ada", PASSWORD, "CRED-ugo"))
    for account, password, name in cases:
        with pytest.raises(FirmaError) as refusal:
            csc.open_remote(settings, account, name, Secrets(password=password))
        assert _code_of(refusal) in ("csc_login", "csc_refused") and password not in str(refusal.value)


def test_the_body_gets_in_with_its_own_client(service, version, ada):
    options = {"auth": "client", "client_id": "comune", "client_secret": "segreto-del-comune"}
    settings = csc.Service(url=service.url(version), version=version, **options)
    assert csc.find_credential(settings, "ada", "", CODE).name == "CRED-ada"
    assert "segreto" not in repr(settings)
    bad = csc.Service(url=service.url(version), version=version, **(options | {"client_secret": "altro"}))
    with pytest.raises(FirmaError) as refusal:
        csc.find_credential(bad, "ada", "", CODE)
    assert _code_of(refusal) == "csc_login"


def test_credential_is_found_by_codice_fiscale(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    assert csc.find_credential(settings, "ada", PASSWORD, CODE).multisign == 10
    with pytest.raises(FirmaError) as refusal:
        csc.find_credential(settings, "ada", PASSWORD, demo_codice_fiscale("Rossi", "Mario"))
    assert _code_of(refusal) == "csc_none"


def test_offline_code_none_at_all_and_disabled(service, version, ada):
    ada.otp, ada.code = "offline", "112233"
    assert _open(service, version, "112233").sign_many([b"1"])
    ada.otp = ""
    assert _open(service, version).sign_many([b"1"])
    ada.disabled = True
    with pytest.raises(FirmaError) as refusal:
        _open(service, version).sign_many([b"1"])
    assert _code_of(refusal) == "csc_disabled"


def test_another_certificate_than_the_enrolled_one(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    with pytest.raises(FirmaError) as refusal:
        csc.open_remote(settings, "ada", "CRED-ada", Secrets(password=PASSWORD), "0" * 64)
    assert _code_of(refusal) == "csc_certificate"


def test_confirmed_on_the_telephone(service, ada):
    """Version 2: the authorization stays under way until the person confirms."""
    ada.confirmed = False
    signer = _open(service, "v2", _code(service, "v2", ada))

    def confirm(method, _content):
        ada.confirmed = ada.confirmed or method == "credentials/authorizeCheck" and service.calls.count(method) > 1

    service.fault = confirm
    assert signer.sign_many([b"1"])
    assert service.authorizations == 1


def test_expired_authorization(service, version, ada):
    service.sad_seconds = 1
    signer = _open(service, version, _code(service, version, ada))
    service.fault = lambda method, _content: time.sleep(1.1) if method == "signatures/signHash" else None
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert _code_of(refusal) == "csc_expired"


def test_cut_in_the_middle_keeps_what_came(service, version, ada):
    signer = _open(service, version, _code(service, version, ada), per_call=2)
    service.fault = lambda method, _content: (
        (503, {}) if method == "signatures/signHash" and service.calls.count(method) == 2 else None
    )
    came = []
    with pytest.raises(FirmaError) as refusal:
        for signature in signer.sign_each([b"1", b"2", b"3", b"4"]):
            came.append(signature)
    assert _code_of(refusal) == "csc_server" and len(came) == 2


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
    signer = _open(service, version, _code(service, version, ada))
    service.fault = lambda called, _content: answer if called == method else None
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert _code_of(refusal) in (code, "csc_refused" if code == "csc_answer" else code)


INFO = [{}, {"key": {}}, {"cert": {"certificates": ["AAAA"]}}, {"cert": {"certificates": "x"}, "key": 1}, {"cert": None}]


@pytest.mark.parametrize("content", INFO)
def test_unreadable_credential(service, version, ada, content):
    service.fault = lambda method, _content: (200, content) if method == "credentials/info" else None
    with pytest.raises(FirmaError) as refusal:
        _open(service, version)
    assert _code_of(refusal) in ("csc_answer", "certificate")


def test_signature_by_another_key_is_refused(service, version, ada, key_files, pki):
    other = service.add("ugo", pki.issue("Ada Neri", CODE, "x", kind="ec"), "x")
    signer = _open(service, version, _code(service, version, ada))
    ada.key = other.key
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert _code_of(refusal) == "wrong_signature"


def test_sent_elsewhere_is_not_followed(service, version, ada):
    """Neither by a redirect, nor by what the service says of its own OAuth addresses."""
    with TrainingService() as elsewhere:

        def send(method, _content):
            raise Refused(307, Location=elsewhere.url(version) + "/" + method)

        service.fault = send
        with pytest.raises(FirmaError) as refusal:
            _open(service, version)
        assert _code_of(refusal) == "csc_redirect" and elsewhere.calls == []


def test_slow_service(service, version, ada):
    signer = _open(service, version, _code(service, version, ada), seconds=1)
    service.fault = lambda method, _content: time.sleep(3)
    start = time.monotonic()
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    assert _code_of(refusal) == "csc_timeout" and time.monotonic() - start < 2.5


def test_dead_service(version):
    with pytest.raises(FirmaError) as refusal:
        csc.open_remote(csc.Service(url="http://127.0.0.1:9/csc/v1"), "ada", "x", Secrets(password=PASSWORD))
    assert _code_of(refusal) == "csc_unreachable" and PASSWORD not in str(refusal.value)


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
        _open(service, version)
    assert _code_of(refusal) == "csc_mode"


def test_what_is_typed_is_nowhere(service, version, ada, caplog):
    """A service that repeats the PIN in its message, with every logger wide open; the signer's own words too."""
    caplog.set_level(logging.DEBUG)
    otp = "918273"
    signer = csc.open_remote(
        csc.Service(url=service.url(version), version=version), "ada", "CRED-ada",
        Secrets(password=PASSWORD, pin="246801", otp=otp),
    )  # fmt: skip
    service.fault = lambda method, content: (
        (400, {"error": "strange", "error_description": json.dumps(content)}) if method.endswith("authorize") else None
    )
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1"])
    seen = caplog.text + repr(refusal.value) + str(refusal.value.detail) + repr(vars(signer))
    assert len(caplog.text) > 100 and not [secret for secret in ("246801", otp, PASSWORD) if secret in seen]
    assert "•••" in refusal.value.detail
