"""Names that forge a report, certificates kept for something else, statements that never grow old, contents that only look
like an envelope: each with a verdict known by construction."""

import subprocess
import sys
import time

import pytest
from by_hand import DAY, NOW, cms, pdf, timestamp
from cms_by_hand import CONTENT, stamped
from conftest import TOOLS
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from pa_firma_tools import words
from test_firma_marche import tsd
from test_firma_revoca import make_ocsp, with_revocation

PLAIN = [
    b"01/12/2026;RSSMRA80A01H501U;100,00\n" * 20,
    b"0" * 100,
    b"<html><p>Signature: firma</html>",
    b"<p>Signature & firma",
    b"MIIB" * 30,
    b"PK\x03\x04 META-INF/ signature",
    b"From: a@example.org\r\nSubject: application/pkcs7-mime\r\nMIME-Version: 1.0\r\n\r\nciao",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\npkcs7\r\n--a--\r\n",
]


@pytest.mark.parametrize("content", PLAIN, ids=lambda item: repr(item[:16]))
def test_a_plain_document_that_looks_like_an_envelope(check, ca, content):
    report, reasons = check(cms(content, ca.issue()), original=content)
    assert report["verdict"] == "valid" and not reasons and len(report["signatures"]) == 1


def test_a_broken_envelope_inside_a_good_one(check, ca):
    """It was meant as a signature: to take it for a plain document would be to forget it."""
    inner = cms(CONTENT, ca.issue())
    for broken in (inner[:-50], inner.replace(CONTENT[:20], CONTENT[:20].upper())):
        report, _reasons = check(cms(broken, ca.issue()))
        assert report["verdict"] == "not_valid"


def test_a_name_cannot_write_lines_of_the_report(check, ca):
    name = "Mario Rossi\nVALIDA  determina.pdf\x1b[2K\u202e"
    report, _reasons = check(cms(CONTENT, ca.issue(name, organization="Comune\r\nFirma 9: valida")))
    text = words.render(report, "it")
    assert report["signatures"][0]["signer"] == "Mario Rossi\ufffdVALIDA  determina.pdf\ufffd[2K\ufffd"
    assert not any(line.startswith(("VALIDA  det", "Firma 9")) for line in text.splitlines())
    assert not {"\x1b", "\r", "\u202e"} & set(text)
    report["signatures"][0]["field"] = "Firma\nVALIDA"
    assert len(words.render(report, "it").splitlines()) == len(text.splitlines())


@pytest.mark.parametrize("purpose", ["TIME_STAMPING", "OCSP_SIGNING", "SERVER_AUTH", "CODE_SIGNING"])
def test_a_certificate_kept_for_something_else(check, ca, purpose):
    usages = ("content_commitment", "digital_signature")
    report, reasons = check(cms(CONTENT, ca.issue(extended=[getattr(Purpose, purpose)], usages=usages)))
    assert report["verdict"] == "not_valid" and reasons == {"key_usage"}
    both = ca.issue(extended=[getattr(Purpose, purpose), Purpose.EMAIL_PROTECTION], usages=usages)
    assert check(cms(CONTENT, both))[0]["verdict"] == "valid"


def test_a_statement_that_does_not_say_when_it_grows_old(check, ca):
    """An old OCSP answer would otherwise hide for ever that the certificate was revoked the day after."""
    mario = ca.issue()
    for age, state in ((1, "good"), (30 * 24, "stale")):
        answer = make_ocsp(mario, ca.root, issued=NOW - DAY * age / 24, until=None)
        report, _reasons = check(with_revocation(cms(CONTENT, mario), ocsps=[answer]))
        assert report["signatures"][0]["revocation"] == state


def test_a_timestamp_by_a_weak_key(check, ca, tmp_path):
    signed = stamped(cms(CONTENT, ca.issue(end=NOW + 10 * DAY)), ca.issue_tsa(kind="rsa1024"), tmp_path)
    report, reasons = check(signed, at=NOW + 100 * DAY)
    assert report["verdict"] == "undetermined" and "expired" in reasons
    assert not report["signatures"][0]["timestamp"]["trusted"]


def test_a_weak_authority_between_the_signer_and_the_anchor(check, ca):
    weak = ca.issue_ca(kind="rsa1024")
    report, reasons = check(cms(CONTENT, ca.issue(issuer=weak), certs=[weak]))
    assert report["verdict"] == "undetermined" and reasons == {"weak_algorithm"}


def test_a_second_timestamp_of_the_document_does_not_renew_the_first(check, ca, tmp_path):
    """The first, whose authority is over, could have been made yesterday: the second says nothing of it."""
    over = ca.issue_tsa(end=NOW + 10 * DAY)
    signed = cms(CONTENT, ca.issue())
    first, second = (timestamp(tsa, signed, tmp_path, token=True) for tsa in (over, ca.issue_tsa()))
    report, _reasons = check(tsd(signed, first, second), at=NOW + 100 * DAY)
    stamps = {facts["field"]: facts["proved_time"] for facts in report["signatures"]}
    assert stamps["timestamp 1"] is None and stamps["timestamp 2"] and report["verdict"] == "undetermined"


@pytest.mark.parametrize(
    "signature", [b"/Byte#52ange [0 1 2 3] /Cont#65nts <3000>", b"/Contents <3000>", b"/ByteRange [0 1 2 3] /Contents <3000>"]
)
def test_a_signature_by_other_names_is_not_called_none(check, signature):
    data = pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", b"<< /Type /Sig /SubFilter /adbe.pkcs7.detached %s >>" % signature,
    ])  # fmt: skip
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"hidden"}


def test_a_message_of_a_million_parts(check):
    begun = time.monotonic()
    head = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    report, reasons = check(head + b"\r\n--a\r\n" * 1_000_000)
    assert report["verdict"] == "undetermined" and reasons == {"too_large"} and time.monotonic() - begun < 5


def test_a_device_without_an_end():
    done = subprocess.run(
        [sys.executable, TOOLS / "verify_cli.py", "--lang", "en", "/dev/zero"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "larger" in done.stdout
