"""Revocation told by what the file carries: CRLs and OCSP answers made with `cryptography`."""

from io import BytesIO

import pytest
from asn1crypto import cms
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from by_hand import DAY, NOW, Authority
from by_hand import cms as sign
from cms_by_hand import stamped
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from pa_firma_tools import pades, verify
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

CONTENT = b"Determina n. 2\n"
DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def tsa(ca):
    return ca.issue_tsa(kind="rsa")


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


def make_crl(issuer, revoked=(), *, issued=NOW - DAY, until=NOW + 30 * DAY, signer=None):
    """`revoked`: (pair, moment, reason)."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.cert.subject).last_update(issued).next_update(until)
    for pair, moment, reason in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(pair.cert.serial_number).revocation_date(moment)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign((signer or issuer).key, hashes.SHA256()).public_bytes(DER)


def make_ocsp(pair, issuer, *, responder=None, revoked_at=None, issued=NOW - DAY, until=NOW + 30 * DAY):
    who = responder or issuer
    answer = ocsp.OCSPResponseBuilder().add_response(
        pair.cert, issuer.cert, hashes.SHA1(),
        ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD,
        issued, until, revoked_at, None,
    )  # fmt: skip
    answer = answer.responder_id(ocsp.OCSPResponderEncoding.HASH, who.cert)
    if responder:
        answer = answer.certificates([responder.cert])
    return answer.sign(who.key, hashes.SHA256()).public_bytes(DER)


def with_revocation(data, *, crls=(), ocsps=()):
    """The same CMS with CRLs and OCSP answers among its revocation data."""
    info = cms.ContentInfo.load(data)
    items = [cms.RevocationInfoChoice("crl", asn1_crl.CertificateList.load(der)) for der in crls]
    for der in ocsps:
        other = cms.OtherRevocationInfoFormat({"other_rev_info_format": "ocsp_response", "other_rev_info": asn1_ocsp.OCSPResponse.load(der)})
        items.append(cms.RevocationInfoChoice("other", other))
    info["content"]["crls"] = cms.RevocationInfoChoices(items)
    return info.dump()


def test_good(check, ca, mario):
    signed = sign(CONTENT, mario)
    assert check(signed)[0]["signatures"][0]["revocation"] == "not_checked"
    for data in (
        with_revocation(signed, crls=[make_crl(ca.root)]),
        with_revocation(signed, ocsps=[make_ocsp(mario, ca.root)]),
    ):
        report, reasons = check(data)
        facts = report["signatures"][0]
        assert report["verdict"] == "valid" and not reasons and facts["revocation"] == "good"
        assert "revocation" not in {item["code"] for item in facts["warnings"]}


@pytest.mark.parametrize("source", ["crl", "ocsp"])
def test_revoked(check, ca, mario, source):
    moment = NOW - 5 * DAY
    given = {"crls": [make_crl(ca.root, [(mario, moment, None)])]}
    if source == "ocsp":
        given = {"ocsps": [make_ocsp(mario, ca.root, revoked_at=moment)]}
    report, reasons = check(with_revocation(sign(CONTENT, mario), **given))
    facts = report["signatures"][0]
    assert report["verdict"] == "not_valid" and reasons == {"revoked"}
    assert facts["revocation"] == "revoked" and facts["revocation_time"] == moment.isoformat()
    assert facts["certificate_valid"] is False and facts["integrity"] is True


def test_revoked_after_the_proved_time_is_still_valid(check, ca, tsa, mario, tmp_path):
    """Timestamped now, revoked in ten days, judged in twenty; revoked before the timestamp, it is not valid."""
    signed = stamped(sign(CONTENT, mario), tsa, tmp_path)
    late = make_crl(ca.root, [(mario, NOW + 10 * DAY, None)], issued=NOW + 11 * DAY, until=NOW + 40 * DAY)
    report, reasons = check(with_revocation(signed, crls=[late]), at=NOW + 20 * DAY)
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and facts["revocation"] == "revoked_later"
    assert "revoked_later" in {item["code"] for item in facts["warnings"]}
    bare = with_revocation(sign(CONTENT, mario), crls=[late])
    assert check(bare, at=NOW + 20 * DAY)[0]["verdict"] == "not_valid"
    early = make_crl(ca.root, [(mario, NOW - 10 * DAY, None)])
    report, reasons = check(with_revocation(signed, crls=[early]))
    assert report["verdict"] == "not_valid" and reasons == {"revoked"}


def test_suspended(check, ca, mario):
    held = make_crl(ca.root, [(mario, NOW - DAY, x509.ReasonFlags.certificate_hold)])
    report, reasons = check(with_revocation(sign(CONTENT, mario), crls=[held]))
    assert report["verdict"] == "undetermined" and reasons == {"revoked"}


def test_revoked_authority(check, ca):
    middle = ca.issue_ca()
    signer = ca.issue(issuer=middle)
    crl = make_crl(ca.root, [(middle, NOW - DAY, None)])
    report, reasons = check(with_revocation(sign(CONTENT, signer, certs=[middle]), crls=[crl]))
    assert report["verdict"] == "not_valid" and reasons == {"revoked"}


def test_statements_that_are_not_believed(check, ca, mario, tmp_path):
    """Signed by somebody else, about somebody else, or by a responder that the authority did not appoint."""
    stranger = Authority(tmp_path, "Radice a mano")  # the same name
    other = ca.issue("Altro")
    usurper = ca.issue("Usurpatore", usages=("digital_signature",))
    signed = sign(CONTENT, mario)
    for given in (
        {"crls": [make_crl(ca.root, [(mario, NOW - DAY, None)], signer=stranger.root)]},
        {"crls": [make_crl(ca.root, signer=stranger.root)]},
        {"ocsps": [make_ocsp(other, ca.root)]},
        {"ocsps": [make_ocsp(mario, ca.root, responder=usurper)]},
        {"ocsps": [make_ocsp(mario, ca.root, responder=usurper, revoked_at=NOW - DAY)]},
        {"ocsps": [make_ocsp(mario, stranger.root)]},
    ):
        report, _reasons = check(with_revocation(signed, **given))
        assert report["verdict"] == "valid" and report["signatures"][0]["revocation"] == "not_checked"


def test_appointed_responder(check, ca, mario):
    responder = ca.issue("Risponditore", usages=("digital_signature",), extended=[ExtendedKeyUsageOID.OCSP_SIGNING])
    data = with_revocation(sign(CONTENT, mario), ocsps=[make_ocsp(mario, ca.root, responder=responder)])
    assert check(data)[0]["signatures"][0]["revocation"] == "good"


def test_too_old(check, ca, mario):
    old = make_crl(ca.root, issued=NOW - 60 * DAY, until=NOW - 30 * DAY)
    report, _reasons = check(with_revocation(sign(CONTENT, mario), crls=[old]))
    assert report["verdict"] == "valid" and report["signatures"][0]["revocation"] == "stale"


def test_b_lt(check, ca, tsa, mario, tmp_path):
    data = with_revocation(stamped(sign(CONTENT, mario), tsa, tmp_path), ocsps=[make_ocsp(mario, ca.root)])
    assert check(data)[0]["signatures"][0]["level"] == "B-LT"


# PDF ------------------------------------------------------------------------------------------------------------


def with_dss(pdf, *, certs=(), crls=(), ocsps=()):
    """The document security store written by hand, as an incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    store = generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/DSS")})
    for key, blobs in (("/Certs", certs), ("/CRLs", crls), ("/OCSPs", ocsps)):
        if blobs:
            streams = [writer.add_object(generic.StreamObject(stream_data=blob)) for blob in blobs]
            store[generic.pdf_name(key)] = generic.ArrayObject(streams)
    writer.root["/DSS"] = writer.add_object(store)
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def signed_pdf(pdf, ca, mario):
    signer = pades.KeyFileSigner(key=mario.key, cert=_asn1(mario), chain=[_asn1(ca.root)])
    return pades.sign_pdf(pdf, signer)


def _asn1(pair):
    from asn1crypto import x509 as asn1_x509

    return asn1_x509.Certificate.load(pair.der)


def test_document_security_store(codes, ca, mario, signed_pdf):
    good = verify.verify_pdf(with_dss(signed_pdf, ocsps=[make_ocsp(mario, ca.root)]), trust=[ca.root.pem])
    facts = good["signatures"][0]
    assert good["verdict"] == "valid" and facts["revocation"] == "good" and facts["later_changes"] == "validation_data"
    bad = with_dss(signed_pdf, crls=[make_crl(ca.root, [(mario, NOW - DAY, None)])], certs=[ca.root.der])
    report = verify.verify_pdf(bad, trust=[ca.root.pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"revoked"}


def test_long_term_pdf(ca, mario, tsa, signed_pdf):
    """Validation data, then a document timestamp over them: valid when the certificate has expired (B-LTA)."""
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper

    stamper = PdfTimeStamper(_Stamper(tsa))
    with_data = with_dss(signed_pdf, ocsps=[make_ocsp(mario, ca.root)])
    out = stamper.timestamp_pdf(IncrementalPdfFileWriter(BytesIO(with_data)), "sha256").getvalue()
    later = NOW + 1000 * DAY
    report = verify.verify_pdf(out, trust=[ca.root.pem], at=later)
    assert report["verdict"] == "valid", report["reasons"]
    assert [facts["format"] for facts in report["signatures"]] == ["PAdES", "DocTimeStamp"]
    assert report["signatures"][0]["level"] == "B-LTA" and report["signatures"][0]["proved_time"]
    assert verify.verify_pdf(with_data, trust=[ca.root.pem], at=later)["verdict"] == "undetermined"


def _Stamper(tsa):
    from asn1crypto import keys
    from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

    key = tsa.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return DummyTimeStamper(tsa_cert=_asn1(tsa), tsa_key=keys.PrivateKeyInfo.load(key))
