"""B-LT and B-LTA: what proves the certificates good is inside the document."""

import pytest
from pa_firma_tools import pades, verify
from pa_firma_tools.errors import FirmaError


def _request(pki, tsa, level, **options):
    return pades.SignatureRequest(
        tsa_url=tsa.url, level=level, anchors=(pki.root_pem,), **{"crls": (pki.crl(),), **options}
    )


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_level_and_verdict(pdf, mario, pki, tsa, level):
    signed = pades.sign_pdf(pdf, mario, _request(pki, tsa, level))
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert report["signatures"][0]["level"] == level
    assert "revocation" not in {warning["code"] for warning in report["signatures"][0]["warnings"]}


def test_another_signs_after_a_long_term_signature(pdf, mario, pki, tsa):
    signed = pades.sign_pdf(pdf, mario, _request(pki, tsa, "B-LT"))
    twice = pades.sign_pdf(signed, mario, _request(pki, tsa, "B-LT"))
    report = verify.verify_pdf(twice, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]


def test_revoked_or_unproved_certificates_are_not_signed_with(pdf, mario, pki, tsa):
    revoked = pki.crl(revoked=[mario.signing_cert.serial_number])
    for options in ({"crls": (revoked,)}, {"crls": ()}, {"tsa_url": ""}):
        request = {**vars(_request(pki, tsa, "B-LT")), **options}
        with pytest.raises(FirmaError):
            pades.sign_pdf(pdf, mario, pades.SignatureRequest(**request))
