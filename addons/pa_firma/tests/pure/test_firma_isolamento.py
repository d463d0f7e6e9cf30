"""Verification in a process of its own, with limits."""

import datetime as dt

from by_hand import pdf as pdf_by_hand
from pa_firma_tools import sandbox, sandbox_pool, verify


def test_sandbox_gives_the_same_report(signed, pdf, pki):
    at = dt.datetime.now(dt.timezone.utc)
    inside = sandbox.verify_pdf(signed, original=pdf, trust=[pki.root_pem], at=at)
    assert inside == verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem], at=at)


def test_sandbox_limits_time_and_memory(signed, codes):
    assert codes(sandbox.verify_pdf(signed, seconds=0)) == {"limits"}
    assert codes(sandbox.verify_pdf(signed, memory=1024 * 1024))
    assert sandbox.verify_pdf(signed, memory=1024 * 1024)["verdict"] != "valid"


def test_sandbox_survives_the_death_of_its_helper(signed, pki):
    assert sandbox.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"
    sandbox_pool._idle[-1].process.kill()
    sandbox_pool._idle[-1].process.wait()
    assert sandbox.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"


def test_an_answer_too_long_to_be_kept():
    """A file made to be described at length fills nobody's memory."""
    fields = b" ".join(b"%d 0 R" % number for number in range(4, 2004))
    signature = b"<< /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3] /Contents <30> >>"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % fields
    many = [b"<< /FT /Sig /T (f%d) /V 3 0 R >>" % number for number in range(2000)]
    report = sandbox.verify_pdf(pdf_by_hand([catalog, b"<< /Type /Pages /Kids [] /Count 0 >>", signature, *many]))
    assert report["verdict"] == "undetermined" and {item["code"] for item in report["reasons"]} == {"too_large"}
    assert len(str(report)) < 10_000
