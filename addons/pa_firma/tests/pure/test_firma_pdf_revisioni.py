"""What may follow a signature in a PDF: revisions put together byte by byte, so that their verdict is known."""

import subprocess

import pytest
from by_hand import pdf, signed_pdf
from revisions_by_hand import CATALOG, PAGE, WIDGET, look, revised, signed_again, stream

WHOLE_PAGE, CORNER = b"0 0 300 100", b"200 5 290 35"


@pytest.fixture(scope="module")
def mario(ca):
    return ca.issue()


@pytest.fixture(scope="module")
def once(mario):
    return signed_pdf(mario)


def field(value=b"", place=WHOLE_PAGE, extra=b"/AP << /N 9 0 R >> "):
    """A catalog, a page, a signature field and its look: what a second signature adds."""
    value = b"/V %s " % value if value else b""
    return {1: CATALOG % (b"", b" 8 0 R"), 3: PAGE % b" 8 0 R", 8: WIDGET % (b"Seconda", place, value + extra), 9: look()}


def text(data, folder):
    (folder / "x.pdf").write_bytes(data)
    return subprocess.run(["pdftotext", folder / "x.pdf", "-"], capture_output=True, text=True).stdout


def test_an_empty_field_that_covers_the_page(check, once, tmp_path):
    """Nobody signed it, and it is all that one reads."""
    forged = revised(once, field())
    assert "1000000" in text(forged, tmp_path)
    report, reasons = check(forged)
    assert report["verdict"] == "not_valid" and reasons == {"changed"}
    assert report["signatures"][0]["later_changes"] == "forbidden"


@pytest.mark.parametrize("extra", [b"/MK << /BG [1 1 1] /CA (Si paghi) >> ", b"/AP << /N << /On 9 0 R >> >> /AS /On ", b"/AP 9 0 R "])
def test_an_empty_field_with_another_look(check, once, extra):
    assert check(revised(once, field(extra=extra)))[0]["verdict"] == "not_valid"


def test_an_empty_field_in_pieces(check, once):
    """The widgets are children of the field."""
    parts = field()
    parts[8] = b"<< /FT /Sig /T (Seconda) /Kids [10 0 R] >>"
    parts[10] = b"<< /Type /Annot /Subtype /Widget /Parent 8 0 R /Rect [0 0 300 100] /P 3 0 R /F 4 /AP << /N 9 0 R >> >>"
    parts[3] = PAGE % b" 10 0 R"
    assert check(revised(once, parts))[0]["verdict"] == "not_valid"


def test_an_empty_field_that_draws_nothing(check, once):
    """Some programs prepare the place of the next signature."""
    for extra in (b"", b"/MK << >> ", b"/MK << /R 90 >> ", b"/AP << /N 9 0 R >> "):
        parts = field(place=CORNER, extra=extra)
        parts[9] = look(b"")
        report, reasons = check(revised(once, parts))
        assert report["verdict"] == "valid" and not reasons, report["signatures"][0]["later_changes_detail"]


def test_a_timestamp_that_anybody_gets_draws_nothing(check, ca, once, tmp_path):
    tsa = ca.issue_tsa()
    forged = signed_again(once, field(b"7 0 R"), 7, tsa, stamp=tmp_path)
    assert "1000000" in text(forged, tmp_path)
    report, reasons = check(forged)
    assert report["verdict"] == "not_valid" and "changed" in reasons
    honest = signed_again(once, field(b"7 0 R", b"0 0 0 0", b""), 7, tsa, stamp=tmp_path)
    report, reasons = check(honest)
    assert report["verdict"] == "valid" and report["signatures"][0]["proved_time"], reasons


def test_the_mark_of_a_second_signature(check, ca, once):
    ada = ca.issue("Ada Neri")
    report, reasons = check(signed_again(once, field(b"7 0 R", CORNER), 7, ada))
    assert report["verdict"] == "valid" and report["signatures"][0]["later_changes"] == "signatures", reasons
    report, reasons = check(signed_again(once, field(b"7 0 R"), 7, ada))
    assert report["verdict"] == "not_valid" and reasons == {"changed"}
    assert [facts["verdict"] for facts in report["signatures"]] == ["not_valid", "valid"]


def _signers(ca, once, count, place):
    """`once` signed by more people, each with a mark of this size on the only page."""
    data, ada = once, ca.issue("Ada Neri")
    for number in range(count):
        fields = range(100, 101 + 3 * number, 3)  # a field, its look, its signature
        names = b"".join(b" %d 0 R" % item for item in fields)
        widget = WIDGET % (b"f%d" % number, place, b"/V %d 0 R /AP << /N %d 0 R >> " % (fields[-1] + 2, fields[-1] + 1))
        added = {1: CATALOG % (b"", names), 3: PAGE % names, fields[-1]: widget, fields[-1] + 1: look()}
        data = signed_again(data, added, fields[-1] + 2, ada)
    return data


def test_each_mark_counts_by_itself(check, ca, once):
    """A board of twelve signs: 12 marks of 10 % are more than a page, and none hides it by itself."""
    report, reasons = check(_signers(ca, once, 11, b"0 0 60 50"))
    assert report["verdict"] == "valid" and not reasons and len(report["signatures"]) == 12
    report, reasons = check(_signers(ca, once, 1, b"0 0 120 70"))
    assert report["verdict"] == "not_valid" and reasons == {"changed"}, "28 %"


def test_fields_that_share_a_signature_count_together(check, ca, once):
    """And the signature of another one signs no mark."""
    names = b" 8 0 R 10 0 R"
    halves = [WIDGET % (name, place, b"/V 7 0 R /AP << /N 9 0 R >> ") for name, place in ((b"a", b"0 0 60 100"), (b"b", b"60 0 120 100"))]
    added = {1: CATALOG % (b"", names), 3: PAGE % names, 8: halves[0], 9: look(), 10: halves[1]}
    assert "changed" in check(signed_again(once, added, 7, ca.issue("Ada Neri")))[1]
    assert check(revised(once, field(b"6 0 R", CORNER)))[0]["verdict"] == "not_valid"


def test_a_field_prepared_in_one_revision_and_signed_in_the_next(check, ca, once):
    """What one reads is the mark of who signed; until somebody signs, it is nobody's."""
    prepared = revised(once, field(b"", CORNER))
    assert check(prepared)[1] == {"changed"}
    done = signed_again(prepared, {8: field(b"7 0 R", CORNER)[8], 9: look()}, 7, ca.issue("Ada Neri"))
    report, reasons = check(done)
    assert report["verdict"] == "valid" and not reasons, report["reasons"]


def test_an_object_that_no_table_lists(check, once):
    """Programs that repair a file take the last object of each number, wherever it is."""
    page = stream(b"BT /F1 12 Tf 20 20 Td (Si paghi 1000000) Tj ET")
    store = {1: CATALOG % (b"/DSS 7 0 R ", b""), 7: b"<< /Type /DSS >>"}
    assert check(revised(once, store))[0]["verdict"] == "valid"
    for header in (b"4 0 obj", b"4\t0\r\nobj", b"4 %\n0 %\nobj"):
        report, reasons = check(revised(once + header + b"\n" + page + b"\nendobj\n", store))
        assert report["verdict"] == "undetermined" and reasons == {"irregular"}, header


def test_any_bytes_in_a_stream(check, ca, once):
    """A certificate or a list in the store may hold the same bytes by chance."""
    store = {
        1: CATALOG % (b"/DSS 7 0 R ", b""),
        7: b"<< /Type /DSS /Certs [8 0 R] >>",
        8: stream(b"4 0 obj\n(by chance)\nendobj\n"),
    }
    report, reasons = check(revised(once, store))
    assert report["verdict"] == "valid" and not reasons


def test_the_title_in_the_information_of_the_document(check, once):
    for entry, verdict in ((b"/Title (Liquidazione)", "not_valid"), (b"/Producer (Uno) /ModDate (D:20261201)", "valid")):
        report, reasons = check(revised(once, {8: b"<< %s >>" % entry}, trailer=b"/Info 8 0 R "))
        assert report["verdict"] == verdict, reasons


def test_another_catalog(check, once):
    """It shows another page."""
    pages = b"<< /Type /Pages /Kids [10 0 R] /Count 1 >>"
    shown = {8: CATALOG.replace(b"2 0 R", b"9 0 R") % (b"", b""), 9: pages, 10: PAGE.replace(b"/Parent 2", b"/Parent 9") % b""}
    assert check(revised(once, shown, root=b"8 0 R"))[0]["verdict"] == "not_valid"


GIVEN = pdf([
    b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    PAGE.replace(b" /Annots [5 0 R%s]", b""), stream(b"BT /F1 12 Tf 20 20 Td (Determina) Tj ET"), b"null", b"null",
])  # fmt: skip


def first(place=CORNER, extra=b"/AP << /N 9 0 R >> ", more=b"", **others):
    """What the first signature adds to the given document; `more`: fields beside it."""
    catalog = CATALOG.replace(b"5 0 R", b"8 0 R") % (b"", more)
    widget = WIDGET % (b"Firma", place, b"/V 7 0 R " + extra)
    return {1: catalog, 3: PAGE.replace(b"5 0 R", b"8 0 R") % more, 8: widget, 9: look()} | others


def test_what_is_signed_is_what_was_given(check, mario):
    report, reasons = check(signed_again(GIVEN, first(), 7, mario), original=GIVEN)
    assert report["verdict"] == "valid" and report["matches_original"], reasons


def test_a_first_mark_that_its_own_signature_covers(check, mario):
    """With the given document or without, the verdict is the same; a mark as large as the page is another document."""
    data = signed_again(GIVEN, first(b"0 0 150 80"), 7, mario)  # 40 %
    for given in (None, GIVEN):
        report, reasons = check(data, original=given)
        assert report["verdict"] == "valid" and not reasons
    assert report["matches_original"]


FORGED = {
    "a mark as large as the page": first(WHOLE_PAGE),
    "fields that nobody signed": first(more=b" 10 0 R 11 0 R") | {
        number: WIDGET % (b"f%d" % number, place, b"/AP << /N 9 0 R >> ")
        for number, place in ((10, b"0 50 140 100"), (11, b"140 50 300 100"))
    },
    "a stamp": {**first(), 8: (WIDGET % (b"Firma", CORNER, b"/V 7 0 R /AP << /N 9 0 R >> ")).replace(b"/Widget", b"/Stamp")},
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_what_is_signed_shows_something_else_than_what_was_given(check, mario, forged):
    """The signature is good: what was put before the signer was not."""
    report, reasons = check(signed_again(GIVEN, FORGED[forged], 7, mario), original=GIVEN)
    assert report["verdict"] == "not_valid" and reasons == {"other_document"} and not report["matches_original"]


def test_an_object_that_no_table_lists_among_what_was_signed(check, mario):
    stray = b"4 0 obj\n" + stream(b"BT /F1 12 Tf 20 20 Td (Si paghi 1000000) Tj ET") + b"\nendobj\n"
    assert check(signed_again(GIVEN + stray, first(), 7, mario), original=GIVEN)[1] == {"other_document"}


@pytest.mark.parametrize("entry", [b"/F (altro.txt) ", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Ref << /F (altro.pdf) /Page 0 >> "])
def test_a_page_whose_content_is_in_another_file(check, mario, entry):
    """What was signed does not say what will be shown."""
    body = stream(b"BT /F1 12 Tf 20 20 Td (Determina) Tj ET", entry)
    given = revised(GIVEN, {4: body})
    report, reasons = check(signed_again(given, first(), 7, mario))
    assert report["verdict"] == "undetermined" and reasons == {"active_content"}
