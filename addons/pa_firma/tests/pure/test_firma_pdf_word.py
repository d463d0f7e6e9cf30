"""PDFs as Word exports them: a table of the parts, then an empty one that names a second, richer one (ISO 32000-1, 7.5.8.4)."""

import struct

import pytest
from pa_firma_tools import pades, verify
from test_firma_pdf_altrui import with_free, with_object


def word():
    """Seven objects in the first table, two more (in an object stream) that only the second tells of."""
    content, out, places = b"0 0 m 9 9 l S", b"%PDF-1.7\n%\xb5\xb5\xb5\xb5\n", {}
    inside = [b"<< /Type /StructTreeRoot /K 9 0 R >>", b"<< /Type /StructElem /S /Document /P 8 0 R >>"]
    head = b"8 0 9 %d " % (len(inside[0]) + 1)
    stream = head + b" ".join(inside)
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 8 0 R /MarkInfo << /Marked true >> >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Creator (Word) >>",
        b"<< /Type /ObjStm /N 2 /First %d /Length %d >>\nstream\n%s\nendstream" % (len(head), len(stream), stream),
    ]
    for number, body in enumerate(bodies, 1):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[7] = len(out)
    rows = [(0, 0, 255), *((1, places[number], 0) for number in range(1, 8)), (2, 6, 0), (2, 6, 1)]
    raw = b"".join(struct.pack(">BIB", *row) for row in rows)
    keys = b"/Size 10 /Root 1 0 R /Info 5 0 R"
    out += b"7 0 obj\n<< /Type /XRef %s /W [1 4 1] /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (keys, len(raw), raw)
    table = b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, 8)) + b"0000000000 65535 f \n" * 2
    first = len(out)
    out += b"xref\n0 10\n0000000000 65535 f \n%strailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (table, keys, first)
    second = len(out)
    trailer = b"<< %s /Prev %d /XRefStm %d >>" % (keys, first, places[7])
    return out + b"xref\n0 0\ntrailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, second)


@pytest.fixture(scope="module")
def original():
    return word()


@pytest.fixture(scope="module")
def twice(original, mario):
    return pades.sign_pdf(pades.sign_pdf(original, mario), mario)


def told(data, pki, **options):
    report = verify.verify_pdf(data, trust=[pki.root_pem], **options)
    return report, {item["code"] for item in report["reasons"]}


def test_two_people_sign(twice, original, pki):
    report, reasons = told(twice, pki, original=original)
    assert report["verdict"] == "valid" and not reasons and report["matches_original"]
    assert [facts["later_changes"] for facts in report["signatures"]] == ["signatures", "none"]
    assert told(twice.replace(b"0 0 m 9 9 l S", b"0 0 m 9 8 l S"), pki)[1] == {"altered"}


@pytest.mark.parametrize("change", [
    lambda data: with_object(data, 8, b"<< /Type /StructTreeRoot >>", 40),  # told only by the second table
    lambda data: with_object(data, 4, b"<< /Length 1 >>\nstream\n \nendstream", 40),
    lambda data: with_free(data, 8, 1, 40),
    lambda data: with_free(data, 9, 65535, 40),
])  # fmt: skip
def test_what_the_second_table_tells_of_stays(twice, pki, change):
    report, reasons = told(change(twice), pki)
    assert report["verdict"] == "not_valid" and reasons & {"changed", "malformed"}


def test_a_second_table_after_the_signature(twice, original, pki):
    """Programs that know of such tables and those that do not would show different things."""
    number = twice[twice.rindex(b"startxref") + 9 :].split()[0]
    stream = original.index(b"7 0 obj")
    trailer = b"xref\n0 0\ntrailer\n<< /Size 40 /Root 1 0 R /Prev %s /XRefStm %d >>\n" % (number, stream)
    report, reasons = told(twice + trailer + b"startxref\n%d\n%%%%EOF\n" % len(twice), pki)
    assert report["verdict"] != "valid" and reasons & {"hidden", "irregular", "malformed", "not_covered"}
