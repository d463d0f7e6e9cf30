"""Attacks on the form of a PDF, and other people's programs that only look like one."""

from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import pades, verify
from pdf_by_hand import increment, naive_sign, rewritten
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers


def test_second_signature_by_a_program_that_refreshes_the_metadata(signed, pki, codes):
    """Bare pyHanko writes Producer and ModifyDate anew; a title changed on the way is another matter."""
    twice = naive_sign(signed, pki)
    report = verify.verify_pdf(twice, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]

    def retitle(writer):
        stream = writer.root["/Metadata"]
        data = stream.data.replace(b"<rdf:RDF", b"<rdf:RDF ", 1)
        assert b"</rdf:RDF>" in data
        extra = b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
        extra += b'<rdf:li xml:lang="x-default">Altro</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF>'
        stream._data = data.replace(b"</rdf:RDF>", extra)
        stream._encoded_data = None
        writer.update_container(stream)
        writer._update_meta = lambda: None

    report = verify.verify_pdf(increment(signed, retitle), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"changed"}



@pytest.mark.parametrize(
    "old", [b"/ByteRange", b"/Contents", b"/SubFilter", b"/Filter", b"/Type /Sig", b"/ETSI.CAdES.detached"]
)
def test_universal_signature_forgery(signed, pki, old):
    """A key of the signature is taken away or spoiled: said not valid or undetermined, never valid nor forgotten."""
    start = signed.rindex(b"/Contents <")
    place = signed.rindex(old, 0, start + 10) if old in signed[:start] else signed.rindex(old)
    broken = signed[:place] + b"/X" + old[2:] + signed[place + len(old) :]
    report = verify.verify_pdf(broken, trust=[pki.root_pem])
    assert report["verdict"] != "valid"


@pytest.mark.parametrize("numbers", [b"0 0 0 0", b"0 10 10 -5", b"null", b"0 1 2", b"-1 1 2 3", b"0 99999999 1 1"])
def test_byte_ranges_that_cover_nothing(signed, pki, numbers):
    start = signed.rindex(b"/ByteRange [") + len(b"/ByteRange [")
    end = signed.index(b"]", start)
    broken = signed[:start] + numbers.ljust(end - start)[: end - start] + signed[end:]
    assert verify.verify_pdf(broken, trust=[pki.root_pem])["verdict"] == "not_valid"


def test_signature_wrapping(signed, pki):
    """The signed bytes are moved to the end and other ones put in their place (the range jumps over them)."""
    start = signed.rindex(b"/ByteRange [") + len(b"/ByteRange [")
    end = signed.index(b"]", start)
    _zero, first, second, size = (int(n) for n in signed[start:end].split())
    extra = b"\n999 0 obj\n<< /Altro true >>\nendobj\n"
    numbers = b"%d %d %d %d" % (0, first, second + len(extra), size)
    moved = signed[:start] + numbers.ljust(end - start) + signed[end:second] + extra + signed[second:]
    report = verify.verify_pdf(moved, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid"


def test_hidden_signature(signed, pki, codes):
    """The field is taken out of the form: there is a signature all the same."""

    def hide(writer):
        writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject()
        writer.update_container(writer.root["/AcroForm"])
        writer.update_root()

    report = verify.verify_pdf(increment(signed, hide), trust=[pki.root_pem])
    assert report["verdict"] != "valid" and "hidden" in codes(report)


def test_hide_shadow_attack(pdf, mario, pki, codes):
    """Before signing a picture covers the real text; after it, an update takes the picture away."""

    def cover(document):
        picture = document.make_stream(b"1 1 1 rg 0 0 600 900 re f")
        picture.Type, picture.Subtype, picture.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 600, 900]
        page = document.pages[0]
        page.Resources.XObject = pikepdf.Dictionary(Cover=picture)
        page.Contents = document.make_indirect([*(page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]), document.make_stream(b"q /Cover Do Q")])

    signed = pades.sign_pdf(rewritten(pdf, cover), mario)
    assert verify.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"

    def uncover(writer):
        resources = writer.root["/Pages"]["/Kids"][0]["/Resources"]
        stream = resources["/XObject"]["/Cover"]
        stream["/Subtype"] = generic.pdf_name("/Image")
        writer.update_container(stream)

    report = verify.verify_pdf(increment(signed, uncover), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"changed"}


def test_hide_and_replace_shadow_attack(pdf, mario, pki, codes):
    """Two page trees in the file that is signed; an update makes the catalog point at the other one."""

    def two(document):
        other = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=[], Count=0))
        document.Root.Altro = other

    signed = pades.sign_pdf(rewritten(pdf, two), mario)

    def switch(writer):
        writer.root["/Pages"] = writer.root.raw_get("/Altro")
        writer.update_root()

    report = verify.verify_pdf(increment(signed, switch), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid"
    assert codes(report) & {"changed", "malformed"}


def test_certified_document(pdf, pki, mario, monkeypatch):
    """Certified without allowing changes: a second signature breaks the certification (ISO 32000-1, 12.8.2.2)."""
    monkeypatch.setattr(signers.PdfSigner, "_enforce_certification_constraints", lambda *_args: None)
    for permission, verdict in ((fields.MDPPerm.NO_CHANGES, "not_valid"), (fields.MDPPerm.FILL_FORMS, "valid")):
        certified = naive_sign(pdf, pki, certify=True, docmdp_permissions=permission)
        assert verify.verify_pdf(certified, trust=[pki.root_pem])["verdict"] == "valid"
        twice = pades.sign_pdf(certified, mario)
        report = verify.verify_pdf(twice, trust=[pki.root_pem])
        assert report["verdict"] == verdict, report["reasons"]


def test_encrypted_without_a_password_is_read(pdf, pki):
    with pikepdf.open(BytesIO(pdf)) as document:
        out = BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="a", user=""))
    writer = IncrementalPdfFileWriter(BytesIO(out.getvalue()))
    writer.encrypt(b"")
    report = verify.verify_pdf(out.getvalue(), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and {item["code"] for item in report["warnings"]} == {"encrypted"}


def test_only_a_document_timestamp(pdf, pki, tsa, codes):
    from pa_firma_tools.stamper import Stamper
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper

    stamped = PdfTimeStamper(Stamper(tsa.url)).timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), "sha256"
    )
    report = verify.verify_pdf(stamped.getvalue(), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"unsigned"}
    assert report["signatures"][0]["format"] == "DocTimeStamp" and report["signatures"][0]["timestamp"]["trusted"]
