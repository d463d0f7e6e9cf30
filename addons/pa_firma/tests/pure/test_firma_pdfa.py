"""A document stays PDF/A-2u however it was signed: clause by clause, with pikepdf's validator, qpdf and poppler."""

import re
import subprocess
from io import BytesIO

import pikepdf
import pytest
from csc_common import open_signer
from pa_firma_tools import long_term, mark, pades, two_phase, two_phase_file
from pa_firma_tools.csc_service import TrainingService
from pdfa_rules import drawn, pdfa, violations
from test_firma_durata import HOUR, NOW, _authority, _signer, make_crl

MARK = mark.Mark(
    lines=("Firmato digitalmente da Mario Rossi", "Responsabile di servizio", "23/11/2026 20:20"),
    address="https://atti.example/firma/" + "0" * 32,
)


@pytest.fixture(scope="module")
def kept(ca, pdf):
    """Signed, extended and renewed by authorities whose certificates and lists are known."""
    issuer, roots = ca.issue_ca(), [ca.root.pem]
    evidence = {"crls": [make_crl(item, issued=NOW + HOUR) for item in (ca.root, issuer)], "ocsps": [], "certs": []}
    signer = _signer(ca.issue(issuer=issuer), issuer)
    with _authority(ca.issue_tsa(kind="rsa", end=NOW + 480 * HOUR)) as dying, _authority(ca.issue_tsa(kind="rsa")) as lasting:
        signed = pades.sign_pdf(pdf, signer, pades.SignatureRequest(tsa_url=dying.url, mark=MARK))
        found = {level: long_term.extend(signed, evidence, roots, level, dying.url) for level in ("B-LT", "B-LTA")}
        found["B-LTA, renewed"] = long_term.extend(found["B-LTA"], evidence, roots, "B-LTA", lasting.url)
    return found


def _two_phases(data, signer, request):
    prepared = two_phase.prepare_pdf(data, signer.signing_cert, signer.chain, request)
    [signature] = signer.sign_each([prepared.to_sign])
    return two_phase.finish_pdf(prepared, signature, request)


def _sealed(data, pki):
    seal = pades.load_key_file(pki.issue_seal("Comune", "VATIT-00743110157", "x", kind="ec"), "x")
    prepared = two_phase_file.prepare_file(data, seal.signing_cert, seal.chain)
    [signature] = seal.sign_each([prepared.to_sign])
    return two_phase_file.finish_file(prepared.dumps(), data, signature)


@pytest.fixture(scope="module")
def files(pdf, pki, tsa, mario, kept, key_files):
    """Name -> bytes: each made in another way."""
    request = pades.SignatureRequest(tsa_url=tsa.url, mark=MARK, name="Mario Rossi", reason="Determina", location="Prova")
    with TrainingService() as service:
        service.add("ada", key_files["ec"], "x", otp="")
        remote = open_signer(service, "v2")
        marked = pades.sign_pdf(pdf, mario, request)
        two, alone = _two_phases(marked, remote, request), _two_phases(pdf, remote, request)
    return kept | {
        "as it was": pdf,
        "key file, marked": marked,
        "remote service, marked": alone,
        "two signers, both marked": two,
        "three, the last unseen": _two_phases(two, mario, request),
        "sealed": _sealed(two, pki),
        "sealed only": _sealed(pdf, pki),
    }


NAMES = [
    "as it was", "key file, marked", "remote service, marked", "two signers, both marked", "three, the last unseen", "sealed",
    "sealed only", "B-LT", "B-LTA", "B-LTA, renewed",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_still_pdf_a(files, pdf, name):
    data = files[name]
    assert data.startswith(pdf)
    assert violations(data) == set()
    assert pdfa is None or drawn(data) == [], "what pikepdf's validator of PDF/A-2b says of what is drawn"


@pytest.mark.parametrize("name", NAMES)
def test_other_readers_find_it_whole(files, name, tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(files[name])
    checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
    assert checked.returncode == 0 and "No syntax or stream encoding errors" in checked.stdout, checked.stdout + checked.stderr
    rows = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert rows and all(re.search(r"yes +yes +yes +\d+ +0$", row) for row in rows), rows  # embedded, a part of it, with Unicode


def test_nothing_that_was_drawn_changed(files, pdf):
    """The pages' own content and the metadata are those of the document as it was."""
    before = pikepdf.open(BytesIO(pdf))
    for name in NAMES:
        after = pikepdf.open(BytesIO(files[name]))
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert after.trailer.ID[0] == before.trailer.ID[0] and after.trailer.get("/Info") == before.trailer.get("/Info")
        for page, was in zip(after.pages, before.pages, strict=True):
            assert page.Contents.read_raw_bytes() == was.Contents.read_raw_bytes()


# The rules themselves: each breach is made in a file that has none -----------------------------------------------


def _widget(pdf):
    return pdf.pages[0].Annots[0]


def _font_of_mark(pdf):
    return next(item for item in _everything(_widget(pdf).AP.N) if item.get("/Type") == "/Font" and "/ToUnicode" in item)


def _everything(item):
    if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        yield item
        for name in ("/Resources", "/XObject", "/Font"):
            for inside in item.get(name, {}).values() if name != "/Resources" else [item.get(name)]:
                yield from _everything(inside)


BREACHES = {
    "6.3.2": lambda pdf: _widget(pdf).__setattr__("F", 2),
    "6.3.3": lambda pdf: _widget(pdf).AP.__setattr__("D", _widget(pdf).AP.N),
    "6.3.1": lambda pdf: _widget(pdf).__setattr__("Subtype", pikepdf.Name.Movie),
    "6.4.1": lambda pdf: pdf.Root.AcroForm.__setattr__("NeedAppearances", True),
    "6.4.2": lambda pdf: pdf.Root.AcroForm.__setattr__("XFA", pikepdf.Array()),
    "6.1.7.2": lambda pdf: _widget(pdf).AP.N.__setattr__("Filter", pikepdf.Name.LZWDecode),
    "6.2.11.7.2": lambda pdf: _font_of_mark(pdf).__delitem__("/ToUnicode"),
    "6.2.3": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
    "6.6.4": lambda pdf: pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(b"U", b"X")),
    "6.6.3": lambda pdf: pdf.trailer.__setitem__("/Info", pikepdf.Dictionary(Producer="altro")),
    "6.5.1": lambda pdf: pdf.Root.__setattr__("OpenAction", pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Action, S=pikepdf.Name.JavaScript))),
    "6.5.2": lambda pdf: pdf.Root.__setattr__("AA", pikepdf.Dictionary()),
}  # fmt: skip


@pytest.mark.parametrize("clause", BREACHES)
def test_a_breach_is_seen(files, clause):
    with pikepdf.open(BytesIO(files["key file, marked"])) as pdf:
        BREACHES[clause](pdf)
        output = BytesIO()
        pdf.save(output, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    assert any(found.startswith(clause) for found in violations(output.getvalue())), violations(output.getvalue())


@pytest.mark.parametrize(
    ("clause", "old", "new"),
    [
        ("6.1.2", b"\n%", b"\n "),
        ("6.1.3", b"%%EOF", b"%%EOF\nx"),
        ("6.1.9", b" obj\n", b" obj "),
        ("6.1.7.1", b"stream\n", b"stream\r"),
        ("6.4.3", b"/ByteRange [0 ", b"/ByteRange [1 "),
    ],
)
def test_a_breach_in_the_bytes_is_seen(files, clause, old, new):
    head, _found, tail = files["key file, marked"].rpartition(old) if clause == "6.1.3" else files["key file, marked"].partition(old)
    assert any(found.startswith(clause) for found in violations(head + new + tail))


@pytest.mark.skipif(pdfa is None, reason="this Python has an older pikepdf")
def test_the_second_reader_sees_what_the_mark_draws(files):
    """A colour of another space, in the appearance of the signature, is not let through."""
    with pikepdf.open(BytesIO(files["key file, marked"])) as pdf:
        _widget(pdf).AP.N.write(_widget(pdf).AP.N.read_bytes() + b"\n0 0 0 1 k 0 0 1 1 re f")
        output = BytesIO()
        pdf.save(output)
    assert drawn(output.getvalue())
