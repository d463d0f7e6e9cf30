"""What is asked of the authorities, and which answers are taken: a certomancer authority on loopback."""

import base64
import datetime as dt

import pytest
import weasyprint
from by_hand import openssl
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509 import ocsp
from pa_firma_tools import fetch, online, pades, sandbox, verify
from pa_firma_tools.pki import DemoPki
from pa_firma_tools.pki_authority import LoopbackAuthority

DER = serialization.Encoding.DER


@pytest.fixture
def world(tmp_path):
    pki = DemoPki(tmp_path / "pki")
    with LoopbackAuthority(pki) as authority:
        yield pki, authority


def person(pki, **options):
    _key, cert, _chain = pkcs12.load_key_and_certificates(pki.issue("Mario Rossi", "RSSMRA80A01H501U", "x", kind="ec", **options), b"x")
    return cert


def asked(cert, *pool):
    return online.ask(cert.public_bytes(DER), [item.public_bytes(DER) for item in pool])


def answer(authority, question, cert, issuer, nonce=None):
    raw = authority.ocsp(base64.b64decode(question["request"]))
    nonce = bytes.fromhex(question["nonce"]) if nonce is None else nonce
    return online.told(raw, cert.public_bytes(DER), issuer.public_bytes(DER), nonce=nonce)


def test_question(world, tmp_path):
    pki, authority = world
    cert, other = person(pki), DemoPki(tmp_path / "other").root
    question = asked(cert, other, pki.root)
    assert question["issuer"] == 1 and not question["own"] and not question["expired"]
    assert question["ocsp"] == [authority.url + "/ocsp"] and question["crl"] == [authority.url + "/crl"]
    assert question["issuers"] == [authority.url + "/issuer"]
    request = ocsp.load_der_ocsp_request(base64.b64decode(question["request"]))  # read by somebody else
    assert request.serial_number == cert.serial_number
    assert request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == bytes.fromhex(question["nonce"])
    alone = asked(cert, other)
    assert alone["issuer"] is None and alone["request"] == ""
    assert asked(pki.root)["own"] and asked(person(pki, start=dt.datetime(2020, 1, 1), days=3), pki.root)["expired"]
    for rubbish in (b"", b"rubbish", cert.public_bytes(DER)[:200]):
        assert "error" in online.ask(rubbish) and "error" in sandbox.ask(rubbish, [])
    assert sandbox.ask(cert.public_bytes(DER), [pki.root.public_bytes(DER)])["serial"] == format(cert.serial_number, "X")


def test_openssl_understands_the_question(world, tmp_path):
    pki, _authority = world
    (tmp_path / "q").write_bytes(base64.b64decode(asked(person(pki), pki.root)["request"]))
    text = openssl("ocsp", "-reqin", tmp_path / "q", "-req_text", "-noverify").decode()
    assert "OCSP Nonce" in text and "Hash Algorithm: sha1" in text


def test_answers(world):
    pki, authority = world
    cert = person(pki)
    question = asked(cert, pki.root)
    good = answer(authority, question, cert, pki.root)
    assert (good["kind"], good["revoked"]) == ("ocsp", False) and good["next_update"] > good["this_update"]
    authority.revoked[cert.serial_number] = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)
    assert answer(authority, question, cert, pki.root)["revoked"] is True
    crl = online.told(authority.crl(), cert.public_bytes(DER), pki.root.public_bytes(DER))
    assert (crl["kind"], crl["revoked"]) == ("crl", True)


@pytest.mark.parametrize(
    "behaviour, code", [("unknown", "not_believed"), ("old", "stale"), ("future", "clock"), ("refuse", "refused")]
)
def test_answers_that_are_none(world, behaviour, code):
    pki, authority = world
    cert = person(pki)
    authority.behaviour = behaviour
    assert answer(authority, asked(cert, pki.root), cert, pki.root)["error"] == code


def test_answers_to_another_question(world, tmp_path):
    pki, authority = world
    cert, other = person(pki), person(pki)
    question = asked(cert, pki.root)
    assert answer(authority, question, cert, pki.root, nonce=b"another nonce 16")["error"] == "nonce"
    assert answer(authority, question, other, pki.root)["error"] == "not_believed"
    stranger = DemoPki(tmp_path / "other")
    with LoopbackAuthority(stranger) as usurper:
        forged = usurper.crl()
    assert online.told(forged, cert.public_bytes(DER), pki.root.public_bytes(DER))["error"] == "not_believed"
    without_nonce, nonce = online.ocsp_request(_asn1(cert), _asn1(pki.root), with_nonce=False)
    assert not nonce
    raw = authority.ocsp(without_nonce)
    taken = online.told(raw, cert.public_bytes(DER), pki.root.public_bytes(DER), nonce=bytes.fromhex(question["nonce"]))
    assert taken["revoked"] is False


def _asn1(cert):
    from asn1crypto import x509 as asn1_x509

    return asn1_x509.Certificate.load(cert.public_bytes(DER))


def test_what_is_known_is_not_asked_again(world):
    """The report says about which certificates somebody is to be asked: not when fresh evidence was given."""
    pki, authority = world
    signer = pades.load_key_file(pki.issue("Mario Rossi", "RSSMRA80A01H501U", "x", kind="ec"), "x")
    data = pades.sign_pdf(weasyprint.HTML(string="<p>Determina</p>").write_pdf(), signer)
    request, _nonce = online.ocsp_request(signer.signing_cert, _asn1(pki.root))
    answer = authority.ocsp(request)

    def asks(**evidence):
        report = verify.verify_pdf(data, trust=[pki.root_pem], chains=True, evidence=evidence)
        return [chain["asks"] for chain in report["chains"]]

    assert asks() == [[True, False]] and asks(ocsps=[answer]) == [[False, False]]
    assert asks(ocsps=[b"rubbish"]) == [[True, False]]
    authority.behaviour = "old"
    assert asks(ocsps=[authority.ocsp(request)]) == [[True, False]]


@pytest.mark.parametrize("data", [b"", b"rubbish", b"<html>", bytes(100_000), b"\x30\x80" * 50_000])
def test_rubbish(world, data):
    pki, _authority = world
    cert, root = person(pki).public_bytes(DER), pki.root.public_bytes(DER)
    assert "error" in online.told(data, cert, root) and "error" in sandbox.told(data, cert, root)
    assert not online.issuers(data, cert).get("certs") and not sandbox.issuers(data, cert).get("certs")


def test_issuers(world, tmp_path):
    """As a certificate, in PEM, among others in a CMS; never one that did not sign."""
    pki, _authority = world
    cert, stranger = person(pki), DemoPki(tmp_path / "other").root  # the same name
    many = pkcs7.serialize_certificates([stranger, pki.root], DER)
    for data in (pki.root.public_bytes(DER), pki.root_pem, many):
        found = online.issuers(data, cert.public_bytes(DER))["certs"]
        assert [base64.b64decode(item) for item in found] == [pki.root.public_bytes(DER)]
    assert online.issuers(stranger.public_bytes(DER), cert.public_bytes(DER))["certs"] == []


def test_over_the_network(world):
    """The whole way: the certificate's own address, through the guarded client."""
    pki, authority = world
    cert = person(pki)
    question = asked(cert, pki.root)
    policy = fetch.Policy(allowed=frozenset({authority.host}), seconds=5)
    raw = fetch.fetch(question["ocsp"][0], policy, body=base64.b64decode(question["request"]), content_type=online.OCSP_TYPE)
    told = online.told(raw, cert.public_bytes(DER), pki.root.public_bytes(DER), nonce=bytes.fromhex(question["nonce"]))
    assert told["revoked"] is False
    assert online.told(fetch.fetch(question["crl"][0], policy), cert.public_bytes(DER), pki.root.public_bytes(DER))["kind"] == "crl"
    with pytest.raises(Exception, match="not followed"):
        fetch.fetch(question["ocsp"][0], fetch.Policy(seconds=5))
