"""Signed PDFs: what is refused, and why."""

import datetime as dt
import time
from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import pades, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import DemoPki, demo_codice_fiscale
from pdf_by_hand import increment, naive_sign, rewritten
from pyhanko.pdf_utils import generic


def test_every_flipped_byte_is_seen(signed, pki):
    hole = signed.rindex(b"/Contents <")
    for position in [*range(9, len(signed), 977), *range(hole + 11, hole + 2000, 149)]:
        if hole + 2000 < position < hole + 33000:  # certificates and timestamp, which no signature covers
            continue
        broken = signed[:position] + bytes([signed[position] ^ 0x55]) + signed[position + 1 :]
        assert verify.verify_pdf(broken, trust=[pki.root_pem])["verdict"] != "valid", position


@pytest.mark.parametrize("tail", [b"x", b"\n", b"\nrubbish\n%%EOF\n", b"%%EOF", bytes(20)])
def test_bytes_after_the_last_revision(signed, pki, tail):
    assert verify.verify_pdf(signed + tail, trust=[pki.root_pem])["verdict"] == "not_valid"


def test_content_changed_after_signing(signed, pki, codes):
    def change(writer):
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        stream = generic.StreamObject(stream_data=b"BT (Altro) Tj ET")
        page["/Contents"] = writer.add_object(stream)
        writer.update_container(page)

    report = verify.verify_pdf(increment(signed, change), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"changed"}


def test_replace_shadow_attack_is_not_form_filling(pdf, mario, pki):
    """A text field's appearance replaced after signing: pyHanko's default policy lets it pass as form filling."""

    def form(document):
        font = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica))
        appearance = document.make_stream(b"BT /F 12 Tf (100) Tj ET")
        appearance.Type, appearance.Subtype, appearance.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 100, 20]
        widget = document.make_indirect(pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="importo", V="100",
            Rect=[10, 10, 110, 30], AP=pikepdf.Dictionary(N=appearance), DA="/F 12 Tf",
        ))  # fmt: skip
        document.pages[0].Annots = document.make_indirect([widget])
        document.Root.AcroForm = document.make_indirect(pikepdf.Dictionary(
            Fields=document.make_indirect([widget]), DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        ))

    signed = pades.sign_pdf(rewritten(pdf, form), mario)
    assert verify.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"

    def fill(writer):
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field["/V"] = generic.pdf_string("1000000")
        writer.update_container(field)

    assert verify.verify_pdf(increment(signed, fill), trust=[pki.root_pem])["verdict"] == "not_valid"


def test_untrusted_and_foreign_authority(signed, tmp_path, pki, codes):
    other = DemoPki(tmp_path / "other")
    for trust in ([], [other.root_pem]):
        report = verify.verify_pdf(signed, trust=trust)
        assert report["verdict"] == "undetermined" and "untrusted" in codes(report)


def test_key_usage_is_enforced(pdf, pki, codes):
    report = verify.verify_pdf(naive_sign(pdf, pki, issue={"non_repudiation": False}), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and "key_usage" in codes(report)
    assert report["signatures"][0]["key_usage_ok"] is False and report["signatures"][0]["integrity"] is True


def test_expired_certificate_needs_a_proof_of_time(pdf, pki, mario, tsa, codes):
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=1000)
    bare = verify.verify_pdf(pades.sign_pdf(pdf, mario), trust=[pki.root_pem], at=later)
    assert bare["verdict"] == "undetermined" and codes(bare) == {"expired"}
    stamped = pades.sign_pdf(pdf, mario, pades.SignatureRequest(tsa_url=tsa.url))
    assert verify.verify_pdf(stamped, trust=[pki.root_pem], at=later)["verdict"] == "valid"


def test_unsupported_format_is_said_never_hidden(signed, pki, codes):
    odd = signed.replace(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.x509.rsa_odd1 ")
    assert odd != signed
    report = verify.verify_pdf(odd, trust=[pki.root_pem])
    assert report["verdict"] == "undetermined" and "unsupported" in codes(report) and len(report["signatures"]) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"MZ\x00", "not_pdf"),
        (b"%PDF-1.7\n" + bytes(20 * 1024 * 1024), "truncated"),
        (b"%PDF-1.7\nrubbish\n%%EOF", "malformed"),
        (b"%PDF-1.7\n1 0 obj\n<< /Pages 1 0 R >>\nendobj\nstartxref\n0\n%%EOF", "malformed"),
    ],
)
def test_bad_files_are_refused_at_once(data, code, codes):
    begun = time.monotonic()
    report = verify.verify_pdf(data)
    assert report["verdict"] == "not_valid" and codes(report) == {code}
    assert time.monotonic() - begun < 2


def test_truncated_and_unsigned(signed, pdf, pki, codes):
    assert codes(verify.verify_pdf(pdf, trust=[pki.root_pem])) == {"unsigned"}
    for size in (100, len(signed) // 2, len(signed) - 10):
        assert verify.verify_pdf(signed[:size], trust=[pki.root_pem])["verdict"] == "not_valid"


def _active(kind):
    def change(document):
        action = pikepdf.Dictionary(S=pikepdf.Name("/" + kind), JS="app.alert(1)")
        if kind == "XFA":
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=document.make_stream(b"<xdp/>"))
        elif kind == "AA":
            document.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.GoTo))
        else:
            document.Root.OpenAction = document.make_indirect(action)

    return change


@pytest.mark.parametrize("kind", ["JavaScript", "Launch", "SubmitForm", "XFA", "AA"])
def test_active_content_is_not_signed_nor_trusted(pdf, pki, mario, kind, codes):
    hostile = rewritten(pdf, _active(kind))
    with pytest.raises(FirmaError) as refusal:
        pades.sign_pdf(hostile, mario)
    assert refusal.value.code == "active_content"
    report = verify.verify_pdf(naive_sign(hostile, pki), trust=[pki.root_pem])
    assert report["verdict"] == "undetermined" and "active_content" in codes(report)


def test_action_behind_an_indirect_name(pdf, mario):
    def change(document):
        name = document.make_indirect(pikepdf.Name.JavaScript)
        document.Root.OpenAction = pikepdf.Dictionary(S=name)

    with pytest.raises(FirmaError):
        pades.sign_pdf(rewritten(pdf, change), mario)


def test_encrypted_is_refused(pdf, mario, codes):
    with pikepdf.open(BytesIO(pdf)) as document:
        out = BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(FirmaError):
        pades.sign_pdf(out.getvalue(), mario)
    report = verify.verify_pdf(out.getvalue())
    assert report["verdict"] == "undetermined" and codes(report) == {"encrypted"}


def test_wrong_key_under_a_good_certificate(pdf, pki, mario, codes):
    other = pades.load_key_file(pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x"), "x")
    forged = pades.KeyFileSigner(key=other._key, cert=mario.signing_cert)
    report = verify.verify_pdf(pades.sign_pdf(pdf, forged), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"cryptography"}


def test_anchor_must_parse(signed, codes):
    report = verify.verify_pdf(signed, trust=[b"rubbish"])
    assert report["verdict"] == "undetermined" and codes(report) == {"trust"}
