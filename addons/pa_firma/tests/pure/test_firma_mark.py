"""The visible mark, and what PDF/A asks of a document that has been signed."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from pa_firma_tools import mark, pades, verify

MARK = mark.Mark(
    lines=("Firmato digitalmente da Mario Rossi", "Responsabile <di> servizio & altro", "23/11/2026 20:20"),
    address="https://atti.example/firma/" + "0" * 32,
)


def _fonts(pdf):
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font":
            yield item


@pytest.fixture(scope="module")
def marked(pdf, mario, tsa):
    return pades.sign_pdf(pdf, mario, pades.SignatureRequest(tsa_url=tsa.url, mark=MARK))


def test_marked_signature_is_valid(marked, pdf, pki):
    report = verify.verify_pdf(marked, original=pdf, trust=[pki.root_pem])
    assert report["verdict"] == "valid", report["reasons"]


def test_still_pdf_a_after_signing(marked, pdf):
    before, after = pikepdf.open(BytesIO(pdf)), pikepdf.open(BytesIO(marked))
    assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
    assert b"<pdfaid:part>2" in after.Root.Metadata.read_bytes().replace(b'pdfaid:part="2', b"<pdfaid:part>2")
    assert "/OutputIntents" in after.Root and "/NeedAppearances" not in after.Root.AcroForm
    for font in _fonts(after):
        assert "/ToUnicode" in font or font.Subtype in ("/CIDFontType2", "/CIDFontType0"), font
        if "/FontDescriptor" in font:
            assert {"/FontFile2", "/FontFile3", "/FontFile"} & set(font.FontDescriptor.keys())
    widget = after.pages[0].Annots[0]
    assert int(widget.F) & 4 and not int(widget.F) & (1 | 2 | 32)  # printed, neither hidden nor invisible
    assert set(widget.AP.keys()) == {"/N"}
    assert b"/JavaScript" not in marked


def test_two_marks_do_not_overlap_and_further_ones_are_not_drawn(pdf, mario):
    data, boxes = pdf, []
    for _turn in range(3):
        data = pades.sign_pdf(data, mario, pades.SignatureRequest(mark=MARK))
    signed = pikepdf.open(BytesIO(data))
    for widget in signed.pages[0].Annots:
        boxes.append([float(value) for value in widget.Rect])
    drawn = sorted(box for box in boxes if box[2] > box[0])
    assert len(drawn) == 2 and drawn[0][2] < drawn[1][0]
    assert len(boxes) == 3


def test_a_small_page_gets_no_mark(mario):
    import weasyprint

    small = weasyprint.HTML(string="<style>@page{size:8cm}</style>x").write_pdf(pdf_variant="pdf/a-2u")
    signed = pikepdf.open(BytesIO(pades.sign_pdf(small, mario, pades.SignatureRequest(mark=MARK))))
    assert [float(value) for value in signed.pages[0].Annots[0].Rect] == [0, 0, 0, 0]


def test_both_names_are_seen_however_long_the_office(tmp_path):
    """What is cut away is still text for a program: the picture is read, as a person reads it."""
    import subprocess

    office = "Responsabile di servizio – Settore Servizi alla persona e politiche sociali, in sostituzione di "
    lines = ("Firmato digitalmente da Alessandro Evangelisti", office + "Maria Antonietta Giovannelli", "24/11/2026 05:10")
    (tmp_path / "mark.pdf").write_bytes(mark.draw(mark.Mark(lines=lines, address=MARK.address)))
    done = subprocess.run(["pdftotext", "-bbox", tmp_path / "mark.pdf", "-"], capture_output=True, text=True)
    words = {}
    for line in done.stdout.splitlines():
        if "<word" in line:
            words[line.split(">")[1].split("<")[0]] = [float(part) for part in line.split('"')[1::2]]
    assert {"Evangelisti", "Giovannelli", "24/11/2026"} <= words.keys()
    assert all(box[1] >= 0 and box[3] <= mark.HEIGHT and box[2] <= mark.WIDTH for box in words.values()), words


def test_the_code_is_seen_square_by_square(marked, tmp_path):
    """As poppler draws the page that was signed."""
    import subprocess

    from pa_firma_tools import mark_code
    from PIL import Image

    (tmp_path / "marked.pdf").write_bytes(marked)
    subprocess.run(["pdftoppm", "-r", "432", "-gray", "-png", tmp_path / "marked.pdf", tmp_path / "page"], check=True)
    [picture] = tmp_path.glob("page*.png")
    page, opened = Image.open(picture).convert("L"), pikepdf.open(BytesIO(marked))
    left, bottom, _right, _top = (float(value) for value in opened.pages[0].Annots[0].Rect)
    points = page.height / float(opened.pages[0].MediaBox[3])
    rows = mark_code.matrix(MARK.address)
    side = mark_code.SIDE / len(rows)
    for number, row in enumerate(rows):
        for column, dark in enumerate(row):
            x = left + mark_code.LEFT + (column + 0.5) * side
            y = bottom + mark_code.BOTTOM + (len(rows) - number - 0.5) * side
            assert (page.getpixel((int(x * points), int(page.height - y * points))) < 128) == dark, (number, column)


def test_words_are_drawn_once_for_a_batch():
    first, second = mark.draw(MARK), mark.draw(replace(MARK, address=MARK.address + "1"))
    assert first is second
    assert mark.draw(replace(MARK, lines=("Altro",))) != first
    assert mark.draw(replace(MARK, address="")) != first, "no room is left for a code that is not there"
