"""The two phases, with keys that this side never sees: openssl signs."""

import dataclasses
import subprocess

import pytest
from asn1crypto import pem, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import pkcs12
from pa_firma_tools import pades, two_phase, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import demo_codice_fiscale

CODE = demo_codice_fiscale("Neri", "Ada")
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]


class Card:
    """A key known to openssl only, and its certificate."""

    def __init__(self, folder, pki, kind="ec"):
        key, cert, others = pkcs12.load_key_and_certificates(pki.issue("Ada Neri", CODE, "x", kind=kind), b"x")
        self.path = folder / f"{kind}.pem"
        self.path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.cert, self.chain = _asn1(cert), [_asn1(other) for other in others]

    def sign(self, data, *options):
        command = ["openssl", "dgst", "-sha256", "-sign", self.path, *options]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def _asn1(cert):
    return x509.Certificate.load(cert.public_bytes(serialization.Encoding.DER))


@pytest.fixture(scope="module", params=["rsa", "ec"])
def card(request, tmp_path_factory, pki):
    return Card(tmp_path_factory.mktemp("card"), pki, request.param)


@pytest.fixture(scope="module")
def other(tmp_path_factory, pki):
    return Card(tmp_path_factory.mktemp("other"), pki)


def _waited(prepared, given):
    return two_phase.Prepared.loads(prepared.dumps(), given)


def test_signed_by_somebody_else_and_finished_later(card, pdf, pki, tsa):
    request = pades.SignatureRequest(tsa_url=tsa.url, name="Ada Neri", reason="Determina")
    prepared = two_phase.prepare_pdf(pdf, card.cert, card.chain, request)
    assert len(prepared.dumps()) < 2 * len(prepared.tail) + 10_000, "the document itself is not stored twice"
    signed = two_phase.finish_pdf(_waited(prepared, pdf), card.sign(prepared.to_sign), request)
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["matches_original"], report["reasons"]
    facts = report["signatures"][0]
    assert (facts["level"], facts["codice_fiscale"]) == ("B-T", CODE)
    assert signed.startswith(pdf)


def test_signed_attributes_are_what_openssl_verifies(card, pdf, tmp_path):
    """The digest is the SHA-256 of the attributes, and the signature is over exactly them."""
    prepared = two_phase.prepare_pdf(pdf, card.cert)
    (tmp_path / "public.pem").write_bytes(pem.armor("PUBLIC KEY", card.cert.public_key.dump()))
    (tmp_path / "digest").write_bytes(prepared.digest)
    (tmp_path / "signature").write_bytes(card.sign(prepared.to_sign))
    command = "openssl pkeyutl -verify -pubin -inkey public.pem -in digest -sigfile signature -pkeyopt digest:sha256"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_pss(tmp_path, pki, pdf):
    card = Card(tmp_path, pki, "rsa")
    prepared = two_phase.prepare_pdf(pdf, card.cert, card.chain)
    signed = two_phase.finish_pdf(prepared, card.sign(prepared.to_sign, *PSS))
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    (tmp_path / "signed.pdf").write_bytes(signed)
    out = subprocess.run(["pdfsig", "-nocert", tmp_path / "signed.pdf"], capture_output=True, text=True).stdout
    assert "Signature Validation: Signature is Valid" in out


def test_ecdsa_as_two_numbers_side_by_side(tmp_path, pki, pdf):
    """The form that a card gives (PKCS#11), and some services."""
    card = Card(tmp_path, pki)
    prepared = two_phase.prepare_pdf(pdf, card.cert, card.chain)
    numbers = utils.decode_dss_signature(card.sign(prepared.to_sign))
    signed = two_phase.finish_pdf(prepared, b"".join(number.to_bytes(32, "big") for number in numbers))
    assert verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])["verdict"] == "valid"


def test_wrong_key_other_bytes_and_garbage_are_refused(card, other, pdf):
    prepared = two_phase.prepare_pdf(pdf, card.cert)
    again = two_phase.prepare_pdf(pdf + b"\n", card.cert)
    good = card.sign(prepared.to_sign)
    bad = (other.sign(prepared.to_sign), card.sign(again.to_sign), good[:-1], good + b"\x00", b"", b"x" * 64, bytes(256))
    for signature in bad:
        with pytest.raises(FirmaError) as refusal:
            two_phase.finish_pdf(prepared, signature)
        assert refusal.value.code == "wrong_signature"


def test_other_document_is_refused(card, pdf):
    prepared = two_phase.prepare_pdf(pdf, card.cert)
    with pytest.raises(FirmaError) as refusal:
        _waited(prepared, pdf + b"\n")
    assert refusal.value.code == "prepared_other"


def test_what_may_not_be_signed_is_not_prepared(tmp_path, pki, pdf):
    card = Card(tmp_path, pki)
    for data, code in ((b"", "empty"), (pdf[:-300], "truncated"), (b"%PDF-1.7\n%%EOF", "malformed")):
        with pytest.raises(FirmaError) as refusal:
            two_phase.prepare_pdf(data, card.cert)
        assert refusal.value.code == code
    old = dataclasses.replace(pades.SignatureRequest(), max_bytes=100)
    with pytest.raises(FirmaError):
        two_phase.prepare_pdf(pdf, card.cert, (), old)


def test_second_signature_keeps_the_first_valid(card, signed, pdf, pki):
    prepared = two_phase.prepare_pdf(signed, card.cert, card.chain)
    twice = two_phase.finish_pdf(prepared, card.sign(prepared.to_sign))
    report = verify.verify_pdf(twice, original=signed, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and [s["added"] for s in report["signatures"]] == [False, True]


def test_dead_timestamp_authority_refuses(card, pdf):
    prepared = two_phase.prepare_pdf(pdf, card.cert)
    request = pades.SignatureRequest(tsa_url="http://127.0.0.1:9/", tsa_timeout=1)
    with pytest.raises(FirmaError) as refusal:
        two_phase.finish_pdf(prepared, card.sign(prepared.to_sign), request)
    assert refusal.value.code == "timestamp"


