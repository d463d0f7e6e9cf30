"""What ISO 19005-2 (PDF/A-2, level U) asks of a signed file, clause by clause, from its bytes and with a second reader (qpdf).

Nothing here is pyHanko's or ours: the bytes are looked at as they are, and pikepdf gives the objects. `violations()` says which
clauses are broken; `drawn()` asks pikepdf's own validator of PDF/A-2b about everything that is drawn, the mark included (it
knows no forms: the mark is shown to it as part of the page).
"""

import re
from io import BytesIO

import pikepdf
from lxml import etree

try:
    from pikepdf import pdfa
except ImportError:  # what Python 3.10 still gets has no validator
    pdfa = None

FORBIDDEN_ANNOTATIONS = {"/3D", "/Sound", "/Screen", "/Movie", "/RichMedia"}
ALLOWED_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
FILTERS = {
    "/ASCIIHexDecode", "/ASCII85Decode", "/RunLengthDecode", "/FlateDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/DCTDecode",
    "/JPXDecode",
}  # fmt: skip
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_OBJECT = re.compile(rb"(?:^|[\r\n])(\d+) (\d+) obj(.)", re.DOTALL)
_STREAM = re.compile(rb"/Length (\d+)(?! \d+ R)[^>]*(?:>(?!>)[^>]*)*>>\s?stream(\r\n|\n|.)", re.DOTALL)


def violations(data):
    """Clauses that are broken, as a set of texts that begin with their number."""
    with pikepdf.open(BytesIO(data), inherit_page_attributes=False) as pdf:
        objects = [item for item in pdf.objects if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream))]
        found = {*_bytes(data), *_trailer(pdf), *_metadata(pdf), *_form(pdf), *_signatures(data, objects)}
        for item in objects:
            found |= {*_object(item), *_annotation(item)}
    return found


def _bytes(data):
    header = re.match(rb"%PDF-1\.[0-7](\r\n|\r|\n)%([^\r\n]*)[\r\n]", data)
    if not header or sum(byte > 127 for byte in header[2][:4]) < 4:
        yield "6.1.2 header without its comment of four bytes above 127"
    if not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", data):
        yield "6.1.3 something follows the last end-of-file marker"
    if re.search(rb"[\r\n]xref(?!\r\n\d|\r\d|\n\d)", data.replace(b"startxref", b"")):
        yield "6.1.4 xref and its subsection are not separated by one end of line"
    if any(found[3] not in b"\r\n" for found in _OBJECT.finditer(data)):
        yield "6.1.9 obj is not followed by an end of line"
    for found in _STREAM.finditer(data):
        after = data[found.end() + int(found[1]) :][:12]
        if found[2] not in (b"\r\n", b"\n") or not re.match(rb"(\r\n|\r|\n)endstream", after):
            yield "6.1.7.1 the length of a stream, or the ends of line around it"
    if any(len(found[1].translate(None, b"\r\n\t \f\0")) % 2 for found in re.finditer(rb"/Contents ?<([0-9A-Fa-f\s]+)>", data)):
        yield "6.1.6 a hexadecimal string of an odd number of characters"


def _trailer(pdf):
    if "/Encrypt" in pdf.trailer:
        yield "6.1.3 encrypted"
    if len(pdf.trailer.get("/ID", ())) != 2:
        yield "6.1.3 trailer without ID"
    root = pdf.Root
    if not re.fullmatch(r"/1\.[0-7]", str(root.get("/Version", "/1.7"))):
        yield "6.1.2 the version in the catalog"
    if any(item.get("/BaseVersion", "/1.7") != "/1.7" for item in _extensions(root)):
        yield "6.1.2 an extension of a later version"
    for name in {"/AA", "/OCProperties", "/Requirements", "/NeedsRendering"} & set(root.keys()):
        yield f"6.5.2, 6.9, 6.11 {name} in the catalog"
    if {"/EmbeddedFiles", "/AlternatePresentations", "/JavaScript"} & set(root.get("/Names", {}).keys()):
        yield "6.8, 6.10 names that are not allowed"
    if set(root.get("/Perms", {}).keys()) - {"/DocMDP", "/UR3"}:
        yield "6.1.12 other permissions"
    intents = [item for item in root.get("/OutputIntents", ()) if item.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1 or not isinstance(intents[0].get("/DestOutputProfile"), pikepdf.Stream):
        yield "6.2.3 output intent"


def _extensions(root):
    for item in root.get("/Extensions", {}).values():
        if isinstance(item, (pikepdf.Dictionary, pikepdf.Array)):
            yield from item if isinstance(item, pikepdf.Array) else [item]


def _metadata(pdf):
    metadata = pdf.Root.get("/Metadata")
    if metadata is None:
        yield "6.6.2 without metadata"
        return
    raw = metadata.read_bytes()
    if re.search(rb"<\?xpacket[^>]*(bytes|encoding)=", raw):
        yield "6.6.2.1 packet with bytes or encoding"
    tree = etree.fromstring(raw)
    values = {item.tag: item.text for item in tree.iter() if isinstance(item.tag, str)}
    for item in tree.iter("{*}Description"):
        values |= dict(item.attrib)
    if (values.get(PDFAID + "part"), values.get(PDFAID + "conformance")) != ("2", "U"):
        yield "6.6.4 not declared as PDF/A-2U"
    for name, told in (("/Producer", "{http://ns.adobe.com/pdf/1.3/}Producer"), ("/ModDate", "{http://ns.adobe.com/xap/1.0/}ModifyDate")):
        inside = str(pdf.trailer.get("/Info", {}).get(name, ""))
        digits = re.sub(r"\D", "", values.get(told) or "")[:14]
        if inside and (re.sub(r"\D", "", inside)[:14] != digits if "Date" in name else inside != values.get(told)):
            yield f"6.6.3 {name} differs from the metadata"


def _object(item):
    if isinstance(item, pikepdf.Stream):
        filters = item.get("/Filter") or pikepdf.Array()
        if {str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])} - FILTERS:
            yield "6.1.7.2 a filter that is not allowed"
        if {"/F", "/FFilter", "/FDecodeParms"} & set(item.keys()):
            yield "6.1.7.1 a stream outside the file"
        if item.get("/Subtype") == "/PS" or {"/OPI", "/Ref", "/PS"} & set(item.keys()):
            yield "6.2.9 PostScript or reference XObject"
        if item.get("/Interpolate") is True or "/Alternates" in item:
            yield "6.2.8 interpolated or alternate images"
    if item.get("/Type") == "/Font":
        yield from _font(item)
    if item.get("/Type") == "/ExtGState" and ({"/TR", "/HTP"} & set(item.keys()) or item.get("/TR2", "/Default") != "/Default"):
        yield "6.2.5 a graphics state that is not allowed"
    if item.get("/Type") == "/Page" and "/AA" in item:
        yield "6.5.2 additional actions of a page"
    action = item.get("/S") if item.get("/Type") == "/Action" else None
    if action is not None and str(action) not in ALLOWED_ACTIONS - {"/SubmitForm"}:
        yield f"6.5.1 action {action}"


def _font(font):
    if font.Subtype == "/Type0":
        if "/ToUnicode" not in font:
            yield "6.2.11.7.2 a font without Unicode"
        return
    if font.Subtype != "/Type3" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.get("/FontDescriptor", {}).keys()):
        yield "6.2.11.4 a font that is not embedded"
    if font.Subtype in ("/Type1", "/TrueType", "/Type3") and not {"/ToUnicode", "/Encoding"} & set(font.keys()):
        yield "6.2.11.7.2 a font without Unicode"


def _annotation(item):
    if item.get("/Type") != "/Annot":
        return
    flags, rect = int(item.get("/F", 0)), [float(value) for value in item.Rect]
    if str(item.Subtype) in FORBIDDEN_ANNOTATIONS:
        yield f"6.3.1 annotation {item.Subtype}"
    if item.Subtype != "/Popup" and (not flags & 4 or flags & (1 | 2 | 32 | 256)):
        yield "6.3.2 an annotation that is not printed, or hidden"
    empty = rect[0] == rect[2] and rect[1] == rect[3]
    if "/AP" in item:
        if set(item.AP.keys()) != {"/N"} or not isinstance(item.AP.N, pikepdf.Stream):
            yield "6.3.3 an appearance that is not one normal stream"
    elif not empty and item.Subtype not in ("/Popup", "/Link"):
        yield "6.3.3 an annotation without appearance"
    if item.Subtype == "/Widget" and {"/A", "/AA"} & set(item.keys()):
        yield "6.4.1 a widget with actions"


def _form(pdf):
    form = pdf.Root.get("/AcroForm", {})
    if form.get("/NeedAppearances", False):
        yield "6.4.1 NeedAppearances"
    if "/XFA" in form:
        yield "6.4.2 XFA"
    if any("/AA" in field for field in form.get("/Fields", ())):
        yield "6.4.1 a field with actions"


def _signatures(data, objects):
    """6.4.3: each covers the whole file of its day, with one signer; the last covers all but what proves it."""
    ends = {0, len(data)} | {found.end() for found in re.finditer(rb"%%EOF(\r\n|\r|\n)?", data)}
    for item in objects:
        if "/ByteRange" not in item:
            continue
        start, first, second, last = (int(value) for value in item.ByteRange)
        contents = data[first + 1 : second - 1]
        whole = not start and data[first : first + 1] == b"<" and data[second - 1 : second] == b">" and second + last in ends
        if not whole or bytes.fromhex(contents.decode()) != bytes(item.Contents).ljust(len(contents) // 2, b"\0"):
            yield "6.4.3 a signature that does not cover its whole file"
        if bytes(item.Contents)[:1] != b"\x30":
            yield "6.4.3 a signature that is not DER"


def drawn(data):
    """Findings of pikepdf's validator on the pages, with what annotations draw as part of them."""
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            _flatten(pdf, page)
        for name in {"/AcroForm", "/DSS", "/Extensions"} & set(pdf.Root.keys()):
            del pdf.Root[name]
        for item in pdf.objects:  # empty dictionaries, which it does not know
            if isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
                _without_empty(item)
        raw = pdf.Root.Metadata.read_bytes()
        pdf.Root.Metadata.write(re.sub(rb'(conformance(?:=")|conformance>)U', rb"\1B", raw))
        return [str(finding) for finding in pdfa.check(pdf, "2b").findings]


def _flatten(pdf, page):
    for number, annotation in enumerate(page.get("/Annots", ())):
        if "/AP" in annotation and float(annotation.Rect[2]) > float(annotation.Rect[0]):
            name = page.add_resource(annotation.AP.N, pikepdf.Name.XObject, pikepdf.Name(f"/Drawn{number}"))
            x, y = float(annotation.Rect[0]), float(annotation.Rect[1])
            page.contents_add(f"q 1 0 0 1 {x:f} {y:f} cm {name} Do Q".encode(), prepend=False)
    if "/Annots" in page:
        del page.Annots


def _without_empty(item):
    for holder in (item, item.get("/Resources", {})):
        for name in ("/Pattern", "/Shading", "/XObject"):
            if name in holder and isinstance(holder[name], pikepdf.Dictionary) and not len(holder[name]):
                del holder[name]
