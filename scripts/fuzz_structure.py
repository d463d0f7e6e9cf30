"""Changes that keep a signed file well formed: revisions added to a PDF, elements moved, wrapped and added in an XML.

Random bytes seldom get past a parser; attacks do. What a file shows (the text of its pages, the elements outside of its
signatures) is told here without the verification: when it changes, the file must not be valid.
"""

import io
import shutil
import subprocess
from collections import Counter

from lxml import etree
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_KEYS = (
    "/AP", "/AcroForm", "/Annots", "/AS", "/BBox", "/Contents", "/CropBox", "/DA", "/DR", "/DSS", "/Extensions", "/F", "/FT", "/Fields", "/Ff",
    "/Kids", "/MediaBox", "/Metadata", "/MK", "/N", "/Names", "/OCProperties", "/P", "/Pages", "/Parent", "/Rect", "/Resources", "/Rotate",
    "/SigFlags", "/T", "/Type", "/V", "/VRI", "/Certs", "/XObject", "/Font", "/Subtype",
)  # fmt: skip
_TEXT = b"q 1 1 1 rg 0 0 900 900 re f 0 g BT /F1 20 Tf 20 400 Td (SI PAGHI) Tj ET Q"


def shows(data):
    """What a person sees, as far as two files can be compared by it; None when it cannot be told."""
    if data.startswith(b"%PDF-") and shutil.which("pdftotext"):
        done = subprocess.run(["pdftotext", "-q", "-", "-"], input=data, capture_output=True, timeout=60)
        return done.stdout.decode("utf-8", "replace").split() if not done.returncode else None
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    bare = not (root.text or "").strip() and not root.attrib  # one bare root more says nothing but its name: it is told apart
    return Counter(_said(item) for item in root.iter(etree.Element) if not (_of_signature(item) or (bare and item is root)))


def _of_signature(item):
    """What is written in the names of signatures, and their properties that are declared as not signed; what anybody else
    puts inside one is shown."""
    unsigned = next(item.iterancestors(f"{XADES}UnsignedProperties"), None)
    return item.tag.startswith((XADES, DS)) or (unsigned is not None and _in_its_place(unsigned))


def _in_its_place(properties):
    names = [node.tag for node in properties.iterancestors()][:3]
    return names == [f"{XADES}QualifyingProperties", f"{DS}Object", f"{DS}Signature"]


def _said(item):
    name = item.tag if item.getparent() is not None else ""
    attributes = tuple(sorted((key, value) for key, value in item.attrib.items() if key.lower() != "id"))
    return name, (item.text or "").strip(), attributes


def change(data, rng):
    """A well-formed change of a PDF or an XML; the same bytes when it cannot be made."""
    try:
        return _revise(data, rng) if data.startswith(b"%PDF-") else _move(data, rng)
    except Exception:  # some changes cannot be written
        return data


def _revise(data, rng):
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    font = generic.DictionaryObject({"/Type": generic.pdf_name("/Font"), "/Subtype": generic.pdf_name("/Type1"), "/BaseFont": generic.pdf_name("/Helvetica")})
    fonts = generic.DictionaryObject({"/Font": generic.DictionaryObject({"/F1": font})})
    form = generic.StreamObject(
        dict_data={"/Type": generic.pdf_name("/XObject"), "/Subtype": generic.pdf_name("/Form"), "/Resources": fonts,
                   "/BBox": generic.ArrayObject(map(generic.NumberObject, (0, 0, 900, 900)))},
        stream_data=_TEXT,
    )  # fmt: skip
    drawn = writer.add_object(form)
    for _change in range(rng.randint(1, 3)):
        refs = sorted(writer.prev.xrefs.explicit_refs_in_revision(0), key=lambda ref: ref.idnum)
        if rng.random() < 0.4:
            _field(writer, rng, drawn)
            continue
        node = rng.choice([writer.root, writer.root, writer.get_object(rng.choice(refs))])
        if isinstance(node, generic.DictionaryObject):
            key = rng.choice([*node, *_KEYS])
            if key in node and rng.random() < 0.3:
                del node[key]
            else:
                node[generic.pdf_name(key)] = _value(rng, refs, drawn, writer)
            writer.update_container(node)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _value(rng, refs, drawn, writer):
    reference = rng.choice(refs)
    return rng.choice([
        drawn, generic.IndirectObject(reference.idnum, reference.generation, writer), generic.NumberObject(rng.randrange(-2, 900)),
        generic.pdf_name(rng.choice(_KEYS)), generic.DictionaryObject({"/N": drawn}), generic.ArrayObject([drawn]),
        generic.ArrayObject(map(generic.NumberObject, (0, 0, 600, 850))), generic.pdf_string("SI PAGHI"), generic.NullObject(),
    ])  # fmt: skip


def _field(writer, rng, drawn):
    """One more field with its look on the first page."""
    page, _resources = writer.find_page_for_modification(0)
    kind = rng.choice(["/Sig", "/Sig", "/Tx", "/Btn"])
    field = generic.DictionaryObject({
        "/Type": generic.pdf_name("/Annot"), "/Subtype": generic.pdf_name(rng.choice(["/Widget", "/Widget", "/FreeText", "/Stamp"])),
        "/FT": generic.pdf_name(kind), "/T": generic.pdf_string(f"f{rng.randrange(99)}"), "/P": page, "/F": generic.NumberObject(4),
        "/Rect": generic.ArrayObject(map(generic.NumberObject, rng.choice([(0, 0, 600, 850), (0, 0, 0, 0), (10, 10, 60, 60)]))),
        "/AP": generic.DictionaryObject({"/N": drawn}),
    })  # fmt: skip
    reference = writer.add_object(field)
    for node, key in ((writer.root["/AcroForm"], "/Fields"), (page.get_object(), "/Annots")):
        if rng.random() < 0.85:
            items = node[key] if key in node else generic.ArrayObject()
            node[generic.pdf_name(key)] = generic.ArrayObject([*(items.raw_get(n) for n in range(len(items))), reference])
            writer.update_container(node)


def _move(data, rng):
    root = etree.fromstring(data)
    for _change in range(rng.randint(1, 3)):
        nodes = list(root.iter(etree.Element))
        node, other = rng.choice(nodes), rng.choice(nodes)
        kind = rng.randrange(7)
        if kind == 0:
            other.append(_fresh(rng))
        elif kind == 1 and node is not root and other is not node and node not in other.iterancestors():
            other.insert(rng.randint(0, len(other)), node)
        elif kind == 2 and node is not root:
            parent, wrapper = node.getparent(), _fresh(rng)
            parent.replace(node, wrapper)
            wrapper.append(node)
        elif kind == 3:
            node.set(rng.choice(["Id", "importo", "Type"]), rng.choice(["SI PAGHI", *(item.get("Id") or "" for item in nodes)]))
        elif kind == 4 and node is not root:
            copied = etree.fromstring(etree.tostring(node, with_tail=False))
            copied.text = "SI PAGHI"
            node.addprevious(copied) if rng.random() < 0.5 else node.addnext(copied)
        elif kind == 5:
            wrapper = _fresh(rng)
            wrapper.append(root)
            root = wrapper
        elif kind == 6:
            node.tail = (node.tail or "") + "SI PAGHI"
    return etree.tostring(root)


def _fresh(rng):
    tag = rng.choice([f"{DS}Object", f"{XADES}CounterSignature", f"{XADES}UnsignedProperties", f"{XADES}SignedProperties", "paga", "paga"])
    node = etree.Element(tag)
    if rng.random() < 0.6:
        etree.SubElement(node, "importo").text = "SI PAGHI"
    return node
