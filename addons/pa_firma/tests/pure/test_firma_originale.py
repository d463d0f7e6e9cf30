"""Was exactly the given document signed?"""

from io import BytesIO

from pa_firma_tools import pades, verify
from pdf_by_hand import increment, naive_sign, rewritten
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields


def test_another_document_signed(pdf, pki, mario, codes):
    other = rewritten(pdf, lambda d: d.docinfo.__setitem__("/Title", "Altro"))
    report = verify.verify_pdf(pades.sign_pdf(other, mario), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_content_swapped_between_review_and_signing(pdf, pki, mario, codes):
    """The given bytes are all there, but an update before the signature changes the page."""

    def change(writer):
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Altro) Tj ET"))
        writer.update_container(page)

    report = verify.verify_pdf(pades.sign_pdf(increment(pdf, change), mario), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_annotation_added_before_signing(pdf, pki, mario, codes):
    def change(writer):
        page_ref = writer.root["/Pages"]["/Kids"].raw_get(0)
        note = generic.DictionaryObject({
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, [0, 0, 500, 800])),
        })
        writer.register_annotation(page_ref, writer.add_object(note))

    report = verify.verify_pdf(pades.sign_pdf(increment(pdf, change), mario), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_visible_mark_covering_the_page(pdf, pki, codes):
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec("S1", on_page=0, box=(0, 0, 590, 840)))
    out = BytesIO()
    writer.write(out)
    signed = naive_sign(out.getvalue(), pki)
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_small_visible_mark_is_accepted(pdf, pki):
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec("S1", on_page=0, box=(20, 20, 200, 60)))
    out = BytesIO()
    writer.write(out)
    report = verify.verify_pdf(naive_sign(out.getvalue(), pki), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
