"""Forms after a signature: what a certification allows is not refused, what redraws signed values is."""

from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import verify
from pdf_by_hand import increment, naive_sign, rewritten
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Programs of others that leave the document's metadata alone."""
    monkeypatch.setattr(IncrementalPdfFileWriter, "_update_meta", lambda _self: None)


@pytest.fixture(scope="module")
def form(pdf):
    """A page with a text field, empty."""
    name = pikepdf.Name

    def add(document):
        font = document.make_indirect(
            pikepdf.Dictionary(Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica)
        )
        field = document.make_indirect(pikepdf.Dictionary(
            Type=name.Annot, Subtype=name.Widget, FT=name.Tx, T="importo", Rect=[10, 10, 100, 30], F=4, DA="/Helv 10 Tf 0 g", V="",
        ))  # fmt: skip
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([field]))
        document.Root.AcroForm = document.make_indirect(pikepdf.Dictionary(
            Fields=[field], DA="/Helv 10 Tf 0 g", DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font)),
        ))  # fmt: skip

    return rewritten(pdf, add)


def fill(text, **more):
    def change(writer):
        field = writer.root["/AcroForm"]["/Fields"][0]
        box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 90, 20)))
        drawn = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): box,
            },
            stream_data=b"/Tx BMC BT (%s) Tj ET EMC" % text.encode(),
        )
        field[pdf_name("/V")] = generic.TextStringObject(text)
        field[pdf_name("/AP")] = generic.DictionaryObject(
            {pdf_name("/N"): writer.add_object(drawn)}
        )
        for key, value in more.items():
            field[pdf_name("/" + key)] = value
        writer.update_container(field)

    return change


def certified(data, pki, permission):
    return naive_sign(data, pki, certify=True, docmdp_permissions=permission)


def check(data, pki):
    report = verify.verify_pdf(data, trust=[pki.root_pem])
    return report, report["signatures"][0]["later_changes"]


@pytest.mark.parametrize("permission", [fields.MDPPerm.FILL_FORMS, fields.MDPPerm.ANNOTATE])
def test_filled_in_as_the_certification_allows(form, pki, permission):
    report, later = check(increment(certified(form, pki, permission), fill("100 euro")), pki)
    assert (report["verdict"], later) == ("valid", "form_filling"), report["reasons"]
    assert "form_filled" in {item["code"] for item in report["signatures"][0]["warnings"]}


def test_filled_in_without_leave(form, pki):
    for data in (naive_sign(form, pki), certified(form, pki, fields.MDPPerm.NO_CHANGES)):
        report, later = check(increment(data, fill("100 euro")), pki)
        assert (report["verdict"], later) == ("not_valid", "forbidden")


def test_certified_values_are_not_replaced(form, pki):
    """The "replace" shadow attack, under a certification."""
    data = certified(increment(form, fill("100 euro")), pki, fields.MDPPerm.FILL_FORMS)
    assert check(data, pki)[0]["verdict"] == "valid"
    report, later = check(increment(data, fill("900 euro")), pki)
    assert (report["verdict"], later) == ("not_valid", "forbidden")
    report, _later = check(
        increment(increment(certified(form, pki, fields.MDPPerm.FILL_FORMS), fill("1")), fill("2")),
        pki,
    )
    assert report["verdict"] == "valid"  # it was empty when it was certified, and still may be


def test_a_value_is_not_drawn_in_another_way(form, pki):
    """The value stays as it was, or empty, and what is seen changes: a new drawing, or the same one written over."""

    def draw(over):
        def change(writer):
            field = writer.root["/AcroForm"]["/Fields"][0]
            value = field["/V"]
            if over:
                stream = field["/AP"]["/N"]
                stream._data, stream._encoded_data = b"/Tx BMC BT (900 euro) Tj ET EMC", None
                writer.update_container(stream)
            else:
                fill("900 euro")(writer)
                field[pdf_name("/V")] = value

        return change

    empty, filled = form, increment(form, fill("100 euro"))
    for data, over in ((empty, False), (filled, False), (filled, True)):
        signed = certified(data, pki, fields.MDPPerm.FILL_FORMS)
        report, later = check(increment(signed, draw(over)), pki)
        assert (report["verdict"], later) == ("not_valid", "forbidden")


def test_a_filled_field_stays_where_it_was(form, pki):
    data = certified(form, pki, fields.MDPPerm.FILL_FORMS)
    whole = generic.ArrayObject(map(generic.NumberObject, (0, 0, 600, 900)))
    for more in (
        {"Rect": whole},
        {"F": generic.NumberObject(2)},
        {"DA": generic.TextStringObject("/Helv 90 Tf 1 g")},
    ):
        assert check(increment(data, fill("100 euro", **more)), pki)[0]["verdict"] == "not_valid"


def other_font(writer):
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Symbol"),
        }
    )
    writer.root["/AcroForm"]["/DR"]["/Font"][pdf_name("/Helv")] = writer.add_object(font)


def _setting(key, value):
    def change(writer):
        writer.root["/AcroForm"][pdf_name(key)] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        other_font,
        _setting("/NeedAppearances", generic.BooleanObject(True)),
        _setting("/DA", generic.TextStringObject("/Helv 0 Tf")),
    ],
    ids=["font", "NeedAppearances", "DA"],
)
@pytest.mark.parametrize("certify", [True, False])
def test_signed_values_are_not_drawn_anew(form, pki, change, certify):
    filled = increment(form, fill("100 euro"))
    data = certified(filled, pki, fields.MDPPerm.FILL_FORMS) if certify else naive_sign(filled, pki)

    def write(writer):
        change(writer)
        writer.update_container(writer.root["/AcroForm"])

    report, later = check(increment(data, write), pki)
    assert (report["verdict"], later) == ("not_valid", "forbidden")


def test_values_drawn_anew_where_it_was_said_that_they_are_not(form, pki):
    def write(value):
        def change(writer):
            _setting("/NeedAppearances", generic.BooleanObject(value))(writer)
            writer.update_container(writer.root["/AcroForm"])

        return change

    data = naive_sign(increment(form, write(False)), pki)
    assert check(data, pki)[0]["verdict"] == "valid"
    assert check(increment(data, write(True)), pki)[0]["verdict"] == "not_valid"


def test_fonts_that_a_signing_program_adds(form, pki):
    def add(writer):
        writer.root["/AcroForm"]["/DR"]["/Font"][pdf_name("/Mia")] = writer.root["/AcroForm"][
            "/DR"
        ]["/Font"].raw_get("/Helv")
        writer.update_container(writer.root["/AcroForm"])

    assert check(increment(naive_sign(form, pki), add), pki)[0]["verdict"] == "valid"


@pytest.mark.parametrize("revision", [4, 6])
def test_signed_and_encrypted_without_a_password(pdf, pki, revision):
    """The signature's own string is not enciphered; everything else is."""
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        document.save(
            out,
            encryption=pikepdf.Encryption(owner="a", user="", R=revision, metadata=revision > 3),
        )
    writer = IncrementalPdfFileWriter(BytesIO(out.getvalue()))
    writer.encrypt(b"")
    signer = signers.SimpleSigner.load_pkcs12_data(
        pki.issue("Mario Rossi", "RSSMRA70A01H501S", "x"), other_certs=[], passphrase=b"x"
    )
    meta = signers.PdfSignatureMetadata(
        field_name="S1", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    signed = signers.sign_pdf(writer, meta, signer=signer).getvalue()
    report = verify.verify_pdf(signed, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]
    assert {item["code"] for item in report["warnings"]} == {"encrypted"}
    place = signed.index(b"/ByteRange") - 20
    assert (
        verify.verify_pdf(signed[:place] + b"%" + signed[place + 1 :], trust=[pki.root_pem])[
            "verdict"
        ]
        == "not_valid"
    )
