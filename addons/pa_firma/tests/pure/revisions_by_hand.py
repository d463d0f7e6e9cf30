"""Revisions added to a PDF byte by byte, signed or not."""

from by_hand import cms, timestamp

CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s/AcroForm << /Fields [5 0 R%s] /SigFlags 3 >> >>"
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R /Annots [5 0 R%s]"
    b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
)
WIDGET = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /Rect [%s] /P 3 0 R /F 132 %s>>"
LOOK = b"1 1 1 rg 0 0 300 100 re f 0 g BT /F1 12 Tf 20 50 Td (Si paghi 1000000) Tj ET"


def stream(data, entries=b""):
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def look(data=LOOK):
    """The appearance of a mark."""
    font = b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> "
    return stream(data, b"/Type /XObject /Subtype /Form /BBox [0 0 300 100] " + font)


def revised(data, objects, *, trailer=b"", root=b"1 0 R"):
    """One more revision: {number: body}."""
    previous = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    out, table = data, b""
    for number, body in sorted(objects.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = max([7, *(number + 1 for number in objects)])
    tail = b"trailer\n<< /Size %d /Root %s /Prev %d %s>>\n" % (size, root, previous, trailer)
    return out + b"xref\n" + table + tail + b"startxref\n%d\n%%%%EOF\n" % len(out)


def signed_again(data, objects, number, signer, *, stamp=None, room=8000):
    """One more revision, whose object `number` is the signature of a Pair, or the timestamp of one (`stamp`: a folder)."""
    form = b"/Type /DocTimeStamp /SubFilter /ETSI.RFC3161" if stamp else b"/Type /Sig /SubFilter /ETSI.CAdES.detached"
    hole, blank = b"<" + b"0" * room + b">", b"[0 %s]" % b" ".ljust(38)
    body = b"<< %s /Filter /Adobe.PPKLite /ByteRange %s /Contents %s >>" % (form, blank, hole)
    whole = revised(data, objects | {number: body})
    start = whole.index(hole, len(data))
    end = start + len(hole)
    ranges = b"[%s]" % (b"0 %d %d %d" % (start, end, len(whole) - end)).ljust(40)
    whole = whole[: len(data)] + whole[len(data) :].replace(blank, ranges)
    covered = whole[:start] + whole[end:]
    value = timestamp(signer, covered, stamp, token=True) if stamp else cms(covered, signer, options=("-cades",))
    return whole[:start] + b"<" + value.hex().encode().ljust(room, b"0") + b">" + whole[end:]
