"""PDF written byte by byte and signed with openssl: pyHanko has no part in making them."""

import shutil
import subprocess

import by_hand
import pytest
from by_hand import CF, DAY, NOW, signed_pdf


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


def test_pades(check, mario, ca):
    for pair in (mario, ca.issue()):
        report, reasons = check(signed_pdf(pair))
        facts = report["signatures"][0]
        assert report["verdict"] == "valid" and not reasons, report["reasons"]
        assert (facts["format"], facts["level"], facts["codice_fiscale"]) == ("PAdES", "B-B", CF)
        assert facts["covers_whole_file"] and facts["later_changes"] == "none" and facts["field"] == "Firma"


def test_pades_without_the_signing_certificate(check, mario):
    report, reasons = check(signed_pdf(mario, options=()))
    assert report["verdict"] == "undetermined" and reasons == {"not_baseline"}


def test_pkcs7(check, mario):
    report, reasons = check(signed_pdf(mario, subfilter=b"adbe.pkcs7.detached", options=()))
    assert report["verdict"] == "valid" and not reasons and report["signatures"][0]["format"] == "PDF-PKCS7"


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_old_digests_are_judged_at_a_date(check, ca, digest):
    data = signed_pdf(ca.issue(kind="rsa", start=NOW - 7000 * DAY), subfilter=b"adbe.pkcs7.detached", options=(), digest=digest)
    report, reasons = check(data)
    assert report["verdict"] == "undetermined" and reasons == {"weak_algorithm"}
    then = check(data, at=NOW.replace(year=2010))[0]
    assert then["verdict"] == ("valid" if digest == "sha1" else "undetermined")


@pytest.mark.parametrize(
    ("subfilter", "code"),
    [(b"adbe.x509.rsa_sha1", "no_certificate"), (b"adbe.pkcs7.sha1", "unsupported"), (b"Qualcosa.Altro", "unsupported")],
)
def test_other_formats_are_signed_in_an_odd_way(check, mario, subfilter, code):
    report, reasons = check(signed_pdf(mario, subfilter=subfilter))
    assert report["verdict"] == "undetermined" and reasons == {code}
    assert len(report["signatures"]) == 1 and report["signatures"][0]["integrity"] is None


def test_usage_rights_are_no_signature(check, mario):
    """Adobe's permission to fill in the form (UR3) is neither a signature nor a hidden one."""
    data = signed_pdf(mario).replace(b"/AcroForm << /Fields [5 0 R] /SigFlags 3 >>", b"/Perms << /UR3 6 0 R >>".ljust(44))
    report, reasons = check(data.replace(b"/Annots [5 0 R]", b"/Annots [     ]"))
    assert report["verdict"] == "not_valid" and reasons == {"unsigned"}


def test_altered(check, mario):
    report, reasons = check(signed_pdf(mario).replace(b"(Determina)", b"(Delibera!)"))
    assert report["verdict"] == "not_valid" and reasons == {"altered"}


def test_the_room_of_the_signature_holds_only_the_signature(check, mario):
    data = signed_pdf(mario)
    end = data.index(b">", data.index(b"/Contents <"))
    report, reasons = check(data[: end - 8] + b"deadbeef" + data[end:])
    assert report["verdict"] == "not_valid" and reasons == {"not_covered"}


@pytest.mark.parametrize(("old", "new"), [(b"/Size 7", b"/Size 5"), (b"\nendobj\n3 0", b"\n       3 0")])
def test_written_against_the_standard(check, mario, monkeypatch, old, new):
    """Some programs read it, others do not, or read something else: intact and trusted, and yet not valid."""
    monkeypatch.setattr(by_hand, "pdf", lambda objects, whole=by_hand.pdf: whole(objects).replace(old, new))
    report, reasons = check(signed_pdf(mario))
    assert report["verdict"] == "undetermined" and reasons == {"irregular"}
    assert report["signatures"][0]["verdict"] == "valid" and report["signatures"][0]["integrity"]


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="pdfsig (poppler-utils) is an independent witness")
def test_pdfsig_agrees(check, mario, tmp_path):
    good = signed_pdf(mario)
    for data, words in ((good, "Signature is Valid"), (good.replace(b"(Determina)", b"(Delibera!)"), "Digest Mismatch")):
        (tmp_path / "x.pdf").write_bytes(data)
        out = subprocess.run(["pdfsig", "-nocert", tmp_path / "x.pdf"], capture_output=True, text=True).stdout
        assert words in out
        assert (check(data)[0]["verdict"] == "valid") == ("Valid" in words)


@pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is an independent witness")
def test_qpdf_reads_it(mario, tmp_path):
    (tmp_path / "x.pdf").write_bytes(signed_pdf(mario))
    assert subprocess.run(["qpdf", "--check", tmp_path / "x.pdf"], capture_output=True).returncode == 0
