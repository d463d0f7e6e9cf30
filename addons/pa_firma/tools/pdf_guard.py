"""Refusals that come before any cryptography: what is not a plain, complete, inert PDF is neither signed nor trusted."""

from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from . import fast_hex, missing_objects, object_streams, xref_generations
from .errors import FirmaError

fast_hex.install()
missing_objects.install()
object_streams.install()
xref_generations.install()
MAX_BYTES = 64 * 1024 * 1024
MAX_NODES = 400_000
_TAIL = 4096
_ACTIVE_ACTIONS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound", "/GoToE", "/GoToR",
    "/RichMediaExecute", "/GoTo3DView", "/SetOCGState", "/Trans", "/Hide", "/Named", "/ResetForm", "/Thread",
}  # fmt: skip
_ACTIVE_KEYS = ("/JS", "/AA", "/XFA")
_ELSEWHERE = {"/F", "/FFilter", "/Ref", "/OPI"}  # external data, reference XObjects, OPI (ISO 32000-1, 7.3.8.2, 8.10.4, 14.11.7)
_ACTIVE_SUBTYPES = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


def check_plain(data, max_bytes=MAX_BYTES):
    """Cheap look at the bytes (a header followed by zeros would cost the parser seconds per megabyte)."""
    if not data:
        raise FirmaError("empty", "The file is empty.")
    if len(data) > max_bytes:
        raise FirmaError("too_large", f"The file is larger than {max_bytes // (1024 * 1024)} MB.")
    if not data.startswith(b"%PDF-"):
        raise FirmaError("not_pdf", "The file is not a PDF.")
    tail = data[-_TAIL:]
    if b"startxref" not in tail and b"%%EOF" in tail:
        raise FirmaError("malformed", "The PDF cannot be read: it does not say where its parts are.")
    if b"%%EOF" not in tail:
        raise FirmaError("truncated", "The PDF is truncated: its end is missing.")


def open_reader(data):
    reader = PdfFileReader(BytesIO(data), strict=True)
    if reader.encrypted:
        raise FirmaError("encrypted", "The PDF is encrypted.")
    return reader


def active_content(reader):
    """Names of what could change the page or act on the reader's machine (DPCM 22/2/2013 art. 4 c. 3).

    Walks everything reachable, without recursion; what is too large to walk counts as active (fails closed).
    """
    found, seen, stack, count = set(), set(), [reader.trailer.raw_get("/Root")], 0
    while stack:
        node = stack.pop()
        count += 1
        if count > MAX_NODES:
            return sorted(found | {"too many objects"})
        if isinstance(node, generic.IndirectObject):
            if node.reference in seen:
                continue
            seen.add(node.reference)
            node = node.get_object()
        if isinstance(node, generic.DictionaryObject):
            found |= _active_in(node)
            stack.extend(node.raw_get(key) for key in node if not _never_encrypted(node, key))
        elif isinstance(node, generic.ArrayObject):
            stack.extend(node.raw_get(index) for index in range(len(node)))
    return sorted(found)


def _never_encrypted(node, key):
    """The string of a signature stands in the clear in an encrypted file (ISO 32000-1, 7.6.1): it cannot be deciphered."""
    if key != "/Contents" or "/ByteRange" not in node:
        return False
    raw = node.raw_get(key, decrypt=generic.EncryptedObjAccess.RAW)
    return isinstance(getattr(raw, "raw_object", raw), (generic.ByteStringObject, generic.TextStringObject))


def _active_in(node):
    found = {key for key in _ACTIVE_KEYS if key in node}
    if _name(node, "/S") in _ACTIVE_ACTIONS and ("/Type" not in node or _name(node, "/Type") == "/Action"):
        found.add(_name(node, "/S"))
    if _name(node, "/Subtype") in _ACTIVE_SUBTYPES:
        found.add(_name(node, "/Subtype"))
    if isinstance(node, generic.StreamObject) and _ELSEWHERE & set(node):
        found.add("content of another file")
    return found


def _name(node, key):
    value = node[key] if key in node else None  # noqa: SIM401 - follows a reference
    return str(value) if isinstance(value, generic.NameObject) else ""


def check_signable(data, max_bytes=MAX_BYTES):
    """Raise FirmaError when these bytes must not be signed; return the reader otherwise."""
    check_plain(data, max_bytes)
    try:
        reader = open_reader(data)
        active = active_content(reader)
    except FirmaError:
        raise
    except Exception as error:  # a parser fed with hostile bytes raises almost anything: refuse
        raise FirmaError("malformed", f"The PDF cannot be read: {type(error).__name__}.") from error
    if active:
        raise FirmaError("active_content", "The PDF holds active content: " + ", ".join(active))
    return reader
