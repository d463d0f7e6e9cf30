import datetime as dt
import time
from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import pades, sandbox, sandbox_pool, verify
from pa_firma_tools.errors import FirmaError
from pa_firma_tools.pki import DemoPki, demo_codice_fiscale
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore


def _with(pdf, change):
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        out = BytesIO()
        document.save(out)
        return out.getvalue()


def _increment(data, change):
    """An incremental update by another program."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _naive_sign(data, pki, **meta):
    """Bare pyHanko signature, which checks nothing."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    blob = pki.issue("Mario Rossi", demo_codice_fiscale("Rossi", "Mario"), "x", **meta.pop("issue", {}))
    key, cert, _more = pkcs12.load_key_and_certificates(blob, b"x")
    signer = SimpleSigner(
        signing_cert=signers.pdf_cms.translate_pyca_cryptography_cert_to_asn1(cert),
        signing_key=signers.pdf_cms.translate_pyca_cryptography_key_to_asn1(key),
        cert_registry=SimpleCertificateStore(),
    )
    settings = PdfSignatureMetadata(
        field_name="S1", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES,
        signer_key_usage=set(), **meta,
    )  # fmt: skip
    return signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(data)), settings, signer=signer).getvalue()


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

    report = verify.verify_pdf(_increment(signed, change), trust=[pki.root_pem])
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

    signed = pades.sign_pdf(_with(pdf, form), mario)
    assert verify.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"

    def fill(writer):
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field["/V"] = generic.pdf_string("1000000")
        writer.update_container(field)

    assert verify.verify_pdf(_increment(signed, fill), trust=[pki.root_pem])["verdict"] == "not_valid"


def test_untrusted_and_foreign_authority(signed, tmp_path, pki, codes):
    other = DemoPki(tmp_path / "other")
    for trust in ([], [other.root_pem]):
        report = verify.verify_pdf(signed, trust=trust)
        assert report["verdict"] == "undetermined" and "untrusted" in codes(report)


def test_key_usage_is_enforced(pdf, pki, codes):
    report = verify.verify_pdf(_naive_sign(pdf, pki, issue={"non_repudiation": False}), trust=[pki.root_pem])
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
    hostile = _with(pdf, _active(kind))
    with pytest.raises(FirmaError) as refusal:
        pades.sign_pdf(hostile, mario)
    assert refusal.value.code == "active_content"
    report = verify.verify_pdf(_naive_sign(hostile, pki), trust=[pki.root_pem])
    assert report["verdict"] == "undetermined" and "active_content" in codes(report)


def test_action_behind_an_indirect_name(pdf, mario):
    def change(document):
        name = document.make_indirect(pikepdf.Name.JavaScript)
        document.Root.OpenAction = pikepdf.Dictionary(S=name)

    with pytest.raises(FirmaError):
        pades.sign_pdf(_with(pdf, change), mario)


def test_encrypted_is_refused(pdf, mario, codes):
    with pikepdf.open(BytesIO(pdf)) as document:
        out = BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(FirmaError):
        pades.sign_pdf(out.getvalue(), mario)
    report = verify.verify_pdf(out.getvalue())
    assert report["verdict"] == "undetermined" and codes(report) == {"encrypted"}


def test_another_document_signed(pdf, pki, mario, codes):
    other = _with(pdf, lambda d: d.docinfo.__setitem__("/Title", "Altro"))
    report = verify.verify_pdf(pades.sign_pdf(other, mario), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_content_swapped_between_review_and_signing(pdf, pki, mario, codes):
    """The given bytes are all there, but an update before the signature changes the page."""

    def change(writer):
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (Altro) Tj ET"))
        writer.update_container(page)

    report = verify.verify_pdf(pades.sign_pdf(_increment(pdf, change), mario), original=pdf, trust=[pki.root_pem])
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

    report = verify.verify_pdf(pades.sign_pdf(_increment(pdf, change), mario), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_visible_mark_covering_the_page(pdf, pki, codes):
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec("S1", on_page=0, box=(0, 0, 590, 840)))
    out = BytesIO()
    writer.write(out)
    signed = _naive_sign(out.getvalue(), pki)
    report = verify.verify_pdf(signed, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"other_document"}


def test_small_visible_mark_is_accepted(pdf, pki):
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec("S1", on_page=0, box=(20, 20, 200, 60)))
    out = BytesIO()
    writer.write(out)
    report = verify.verify_pdf(_naive_sign(out.getvalue(), pki), original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]


def test_wrong_key_under_a_good_certificate(pdf, pki, mario, codes):
    other = pades.load_key_file(pki.issue("Ada Neri", demo_codice_fiscale("Neri", "Ada"), "x"), "x")
    forged = pades.KeyFileSigner(key=other._key, cert=mario.signing_cert)
    report = verify.verify_pdf(pades.sign_pdf(pdf, forged), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"cryptography"}


def test_anchor_must_parse(signed, codes):
    report = verify.verify_pdf(signed, trust=[b"rubbish"])
    assert report["verdict"] == "undetermined" and codes(report) == {"trust"}


# In a process of its own ----------------------------------------------------------------------------------------


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


# Other people's programs ----------------------------------------------------------------------------------------


def test_second_signature_by_a_program_that_refreshes_the_metadata(signed, pki, codes):
    """Bare pyHanko writes Producer and ModifyDate anew; a title changed on the way is another matter."""
    twice = _naive_sign(signed, pki)
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

    report = verify.verify_pdf(_increment(signed, retitle), trust=[pki.root_pem])
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

    report = verify.verify_pdf(_increment(signed, hide), trust=[pki.root_pem])
    assert report["verdict"] != "valid" and "hidden" in codes(report)


def test_hide_shadow_attack(pdf, mario, pki, codes):
    """Before signing a picture covers the real text; after it, an update takes the picture away."""

    def cover(document):
        picture = document.make_stream(b"1 1 1 rg 0 0 600 900 re f")
        picture.Type, picture.Subtype, picture.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 600, 900]
        page = document.pages[0]
        page.Resources.XObject = pikepdf.Dictionary(Cover=picture)
        page.Contents = document.make_indirect([*(page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]), document.make_stream(b"q /Cover Do Q")])

    signed = pades.sign_pdf(_with(pdf, cover), mario)
    assert verify.verify_pdf(signed, trust=[pki.root_pem])["verdict"] == "valid"

    def uncover(writer):
        resources = writer.root["/Pages"]["/Kids"][0]["/Resources"]
        stream = resources["/XObject"]["/Cover"]
        stream["/Subtype"] = generic.pdf_name("/Image")
        writer.update_container(stream)

    report = verify.verify_pdf(_increment(signed, uncover), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"changed"}


def test_hide_and_replace_shadow_attack(pdf, mario, pki, codes):
    """Two page trees in the file that is signed; an update makes the catalog point at the other one."""

    def two(document):
        other = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Kids=[], Count=0))
        document.Root.Altro = other

    signed = pades.sign_pdf(_with(pdf, two), mario)

    def switch(writer):
        writer.root["/Pages"] = writer.root.raw_get("/Altro")
        writer.update_root()

    report = verify.verify_pdf(_increment(signed, switch), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid"
    assert codes(report) & {"changed", "malformed"}


def test_certified_document(pdf, pki, mario, monkeypatch):
    """Certified without allowing changes: a second signature breaks the certification (ISO 32000-1, 12.8.2.2)."""
    monkeypatch.setattr(signers.PdfSigner, "_enforce_certification_constraints", lambda *_args: None)
    for permission, verdict in ((fields.MDPPerm.NO_CHANGES, "not_valid"), (fields.MDPPerm.FILL_FORMS, "valid")):
        certified = _naive_sign(pdf, pki, certify=True, docmdp_permissions=permission)
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
    from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
    from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper

    stamped = PdfTimeStamper(RequestsHTTPTimeStamper(tsa.url)).timestamp_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), "sha256"
    )
    report = verify.verify_pdf(stamped.getvalue(), trust=[pki.root_pem])
    assert report["verdict"] == "not_valid" and codes(report) == {"unsigned"}
    assert report["signatures"][0]["format"] == "DocTimeStamp" and report["signatures"][0]["timestamp"]["trusted"]
