"""PDFs as iText, poppler and PoDoFo sign them, written by hand: harmless oddities, and what hides behind the same ones."""

import by_hand
import pikepdf
import pytest
from by_hand import cms, signed_pdf
from pa_firma_tools import verify
from pdf_by_hand import increment, naive_sign, rewritten
from pyhanko.pdf_utils import generic


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue(kind="rsa")


def with_free(data, number, generation, size):
    """A revision that says nothing but that a number is free."""
    previous = data[data.rindex(b"startxref") + 9 :].split()[0]
    table = b"xref\n%d 1\n0000000000 %05d f \ntrailer\n<< /Size %d /Root 1 0 R /Prev %s >>\n" % (number, generation, size, previous)
    return data + table + b"startxref\n%d\n%%%%EOF\n" % len(data)


def test_a_number_never_used_may_be_said_free(check, mario):
    """iText says it of the table that it writes."""
    report, reasons = check(with_free(signed_pdf(mario), 7, 65535, 8))
    facts = report["signatures"][0]
    assert report["verdict"] == "valid" and not reasons and facts["later_changes"] == "validation_data"


@pytest.mark.parametrize("generation", [0, 1, 7, 65535])
@pytest.mark.parametrize("number", [3, 4])
def test_nothing_that_was_signed_may_be_said_free(check, mario, generation, number):
    report, reasons = check(with_free(signed_pdf(mario), number, generation, 7))
    assert report["verdict"] == "not_valid" and reasons & {"changed", "malformed"}


def page(contents):
    """A PDF of one page, never signed; object 4 is what it draws."""
    return by_hand.pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents %s >>" % contents,
        b"<< /Length 13 >>\nstream\n0 0 m 9 9 l S\nendstream",
    ])  # fmt: skip


@pytest.mark.parametrize("generation", [1, 7, 65535])
def test_a_part_of_the_original_may_not_be_said_free(pki, generation):
    original = page(b"4 0 R")
    signed = naive_sign(original, pki)
    report = verify.verify_pdf(signed, original=original, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    report = verify.verify_pdf(with_free(signed, 4, generation, 100), original=original, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and "other_document" in {item["code"] for item in report["reasons"]}


def with_object(data, number, body, size, generation=0):
    """A revision that adds one object, or writes it anew."""
    previous = data[data.rindex(b"startxref") + 9 :].split()[0]
    added = data + b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
    table = b"xref\n%d 1\n%010d %05d n \ntrailer\n<< /Size %d /Root 1 0 R /Prev %s >>\n" % (
        number, len(data), generation, size, previous,
    )  # fmt: skip
    return added + table + b"startxref\n%d\n%%%%EOF\n" % len(added)


@pytest.mark.parametrize("generation", [0, 1])
def test_what_is_referred_to_and_missing(check, mario, monkeypatch, generation):
    """It is null (ISO 32000-1, 7.3.10); whoever adds it later changes what was signed."""

    def without(objects, whole=by_hand.pdf):
        return whole(objects).replace(b"/BaseFont /Helvetica", b"/BaseFont 9 0 R     ")

    monkeypatch.setattr(by_hand, "pdf", without)
    data = signed_pdf(mario)
    report, reasons = check(data)
    assert report["verdict"] == "valid" and not reasons
    report, reasons = check(with_object(data, 9, b"/Symbol", 10, generation))
    assert report["verdict"] == "not_valid" and reasons & {"changed", "malformed"}
    report, reasons = check(with_object(data, 8, b"/Symbol", 10))
    assert report["verdict"] == "valid"  # nothing refers to it


def test_what_the_original_refers_to_and_lacks(pki):
    original = page(b"[4 0 R 99 0 R]")
    signed = naive_sign(original, pki)
    report = verify.verify_pdf(signed, original=original, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["matches_original"]
    original = page(b"[4 0 R 6 0 R]")  # the number that the signing program takes
    report = verify.verify_pdf(naive_sign(original, pki), original=original, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and report["matches_original"] is False


def test_a_first_generation_that_is_not_zero(check, mario, monkeypatch):
    """poppler gives generation 1 to the objects that it adds."""

    def first(objects, whole=by_hand.pdf):
        data = whole(objects).replace(b"6 0 obj", b"6 1 obj").replace(b"6 0 R", b"6 1 R")
        place = b"%010d 00000 n" % data.index(b"6 1 obj")
        return data.replace(place, place.replace(b"00000 n", b"00001 n"))

    monkeypatch.setattr(by_hand, "pdf", first)
    report, reasons = check(signed_pdf(mario))
    assert report["verdict"] == "valid" and not reasons


def test_several_signers_in_one_signature(check, ca, mario, monkeypatch):
    """PoDoFo writes them; each is verified by itself."""
    other, stranger = ca.issue("Ada Neri", kind="rsa"), by_hand.Authority(ca.folder / "altra").issue("Eve", kind="rsa")
    for second, verdict in ((other, "valid"), (stranger, "undetermined")):
        monkeypatch.setattr(by_hand, "cms", lambda content, pair, second=second, **how: cms(content, pair, second, **how))
        data = signed_pdf(mario, room=8000, options=(), subfilter=b"adbe.pkcs7.detached")
        report, reasons = check(data)
        assert report["verdict"] == verdict and reasons == (set() if second is other else {"untrusted"})
        told = {facts["signer"]: facts["field"] for facts in report["signatures"]}
        assert set(told) == {"Mario Rossi", second.cert.subject.rfc4514_string().split("CN=")[1].split(",")[0]}
        assert sorted(told.values()) == ["Firma", "Firma#2"] and all(f["covers_whole_file"] for f in report["signatures"])
        altered, reasons = check(data.replace(b"(Determina)", b"(Delibera!)"))
        assert altered["verdict"] == "not_valid" and "altered" in reasons and len(altered["signatures"]) == 2


@pytest.mark.parametrize("flags", [None, 1])
def test_signature_flags_of_a_form(pdf, pki, flags):
    """The first who signs a form adds /SigFlags, or raises it: the document is still the one that was given."""
    def add_form(document):
        field = document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name("/Tx"), T=pikepdf.String("nome")))
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        if flags:
            document.Root.AcroForm.SigFlags = flags

    form = rewritten(pdf, add_form)
    report = verify.verify_pdf(naive_sign(form, pki), original=form, trust=[pki.root_pem])
    assert report["verdict"] == "valid" and report["matches_original"]

    def lower(writer):
        writer.root["/AcroForm"][generic.pdf_name("/SigFlags")] = generic.NumberObject(1)
        writer.update_root()

    report = verify.verify_pdf(increment(naive_sign(form, pki), lower), trust=[pki.root_pem])
    assert report["verdict"] == "valid"
