"""Remote signing (CSC API) against a service on loopback, in both versions: what it gives and what it refuses."""

import json
import logging

import pytest
from csc_common import CODE, PASSWORD, PIN, code_of, open_signer, send_code
from pa_firma_tools import csc, identity, pades, two_phase, verify
from pa_firma_tools.csc import Secrets
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_batch_is_signed_with_one_pin_and_code(service, version, kind, key_files, pdf, pki, tsa):
    account = service.add("ada", key_files[kind], "x")
    signer = open_signer(service, version, send_code(service, version, account))
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
    signer = open_signer(service, version, send_code(service, version, account))
    signed = pades.sign_pdf(pdf, signer)  # one signature goes the ordinary way too
    assert verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])["verdict"] == "valid"


def test_calls_are_split_and_the_authorization_extended(service, version, ada):
    signer = open_signer(service, version, send_code(service, version, ada), per_call=3)
    assert len(signer.sign_many([bytes([n]) for n in range(8)])) == 8
    assert service.authorizations == 1
    assert [service.calls.count(name) for name in ("signatures/signHash", "credentials/extendTransaction")] == [3, 2]


def test_more_than_the_service_gives_at_once(service, version, ada):
    ada.multisign = 2
    signer = open_signer(service, version, send_code(service, version, ada))
    assert signer.at_once == 2
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"1", b"2", b"3"])
    assert code_of(refusal) == "csc_multisign" and service.authorizations == 0


def test_code_is_good_once(service, version, ada):
    signer = open_signer(service, version, send_code(service, version, ada))
    signer.sign_many([b"1"])
    with pytest.raises(FirmaError) as refusal:
        signer.sign_many([b"2"])
    assert code_of(refusal) in ("csc_otp", "csc_data")


def test_what_is_missing_is_said_before_the_service_counts_an_attempt(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    for secrets, code in (
        (Secrets(password=PASSWORD, otp="1"), "csc_pin_missing"),
        (Secrets(password=PASSWORD, pin=PIN), "csc_otp_missing"),
    ):
        signer = csc.open_remote(settings, "ada", "CRED-ada", secrets)
        with pytest.raises(FirmaError) as refusal:
            signer.sign_many([b"1"])
        assert code_of(refusal) == code
    assert "credentials/authorize" not in service.calls


def test_wrong_pin_wrong_code_then_locked(service, version, ada):
    codes = []
    for pin, otp in ((PIN, "000000"), ("9", "0"), ("9", "0"), ("9", "0"), (PIN, "0")):
        settings = csc.Service(url=service.url(version), version=version)
        signer = csc.open_remote(settings, "ada", "CRED-ada", Secrets(password=PASSWORD, pin=pin, otp=otp))
        with pytest.raises(FirmaError) as refusal:
            signer.sign_many([b"1"])
        codes.append(code_of(refusal))
    expected = ["csc_otp", "csc_pin"] if version == "v1" else ["csc_data"] * 2
    assert codes == [*expected, expected[1], expected[1], "csc_locked"]


def test_wrong_account_password_and_somebody_elses_credential(service, version, ada, key_files):
    service.add("ugo", key_files["rsa"], "x")
    settings = csc.Service(url=service.url(version), version=version)
    cases = (("ada", "sbagliata", "CRED-ada"), ("nessuno", PASSWORD, "CRED-ada"), ("ada", PASSWORD, "CRED-ugo"))
    for account, password, name in cases:
        with pytest.raises(FirmaError) as refusal:
            csc.open_remote(settings, account, name, Secrets(password=password))
        assert code_of(refusal) in ("csc_login", "csc_refused") and password not in str(refusal.value)


def of(code):
    return lambda cert: identity.codice_fiscale(cert) == code


def test_the_body_gets_in_with_its_own_client(service, version, ada):
    options = {"auth": "client", "client_id": "comune", "client_secret": "segreto-del-comune"}
    settings = csc.Service(url=service.url(version), version=version, **options)
    assert csc.find_credential(settings, "ada", "", suits=of(CODE)).name == "CRED-ada"
    assert "segreto" not in repr(settings)
    bad = csc.Service(url=service.url(version), version=version, **(options | {"client_secret": "altro"}))
    with pytest.raises(FirmaError) as refusal:
        csc.find_credential(bad, "ada", "")
    assert code_of(refusal) == "csc_login"


def test_credential_is_found_by_codice_fiscale(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    assert csc.find_credential(settings, "ada", PASSWORD, suits=of(CODE)).multisign == 10
    with pytest.raises(FirmaError) as refusal:
        csc.find_credential(settings, "ada", PASSWORD, suits=of(demo_codice_fiscale("Rossi", "Mario")))
    assert code_of(refusal) == "csc_none"


def test_offline_code_none_at_all_and_disabled(service, version, ada):
    ada.otp, ada.code = "offline", "112233"
    assert open_signer(service, version, "112233").sign_many([b"1"])
    ada.otp = ""
    assert open_signer(service, version).sign_many([b"1"])
    ada.disabled = True
    with pytest.raises(FirmaError) as refusal:
        open_signer(service, version).sign_many([b"1"])
    assert code_of(refusal) == "csc_disabled"


def test_another_certificate_than_the_enrolled_one(service, version, ada):
    settings = csc.Service(url=service.url(version), version=version)
    with pytest.raises(FirmaError) as refusal:
        csc.open_remote(settings, "ada", "CRED-ada", Secrets(password=PASSWORD), "0" * 64)
    assert code_of(refusal) == "csc_certificate"


def test_confirmed_on_the_telephone(service, ada):
    """Version 2: the authorization stays under way until the person confirms."""
    ada.confirmed = False
    signer = open_signer(service, "v2", send_code(service, "v2", ada))

    def confirm(method, _content):
        ada.confirmed = ada.confirmed or method == "credentials/authorizeCheck" and service.calls.count(method) > 1

    service.fault = confirm
    assert signer.sign_many([b"1"])
    assert service.authorizations == 1


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
