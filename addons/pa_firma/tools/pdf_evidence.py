"""What a PDF holds besides its signature fields: validation data (DSS), and signatures that no field shows."""

from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from .errors import FirmaError
from .facts import UNDETERMINED, blank, problem, reason, settle
from .missing_objects import tolerant
from .pdf_guard import MAX_NODES, active_content
from .trust import Evidence

MAX_VALUES = 500


def open_readable(data, report):
    """(reader, active content) of a PDF that opens without a password; FirmaError `encrypted` otherwise."""
    try:
        reader = _open(data, strict=True)
        active = active_content(reader)
    except PdfError:
        reader = _open(data, strict=False)
        active = active_content(reader)
        detail = "The PDF is not written as the standard says: another program may read something else in it."
        reason(report, UNDETERMINED, "irregular", detail)
    if reader.encrypted:
        report["warnings"].append({"code": "encrypted", "detail": "The PDF is encrypted (it opens without a password)."})
    return reader, active


def _open(data, *, strict):
    reader = tolerant(PdfFileReader(BytesIO(data), strict=strict))
    if reader.encrypted and reader.decrypt(b"").status == AuthStatus.FAILED:
        raise FirmaError("encrypted", "The PDF is encrypted: without its password it cannot be verified.")
    list(enumerate_sig_fields(reader))  # what cannot be read shows itself here
    return reader


def read(reader):
    """Certificates and revocation statements of the document security store; what cannot be read does not count."""
    found = Evidence()
    try:
        store = reader.root["/DSS"]
    except Exception:  # none, or broken: no evidence
        return found
    for der in _blobs(store, "/Certs"):
        try:
            found.certs.append(x509.Certificate.load(der, strict=True))
        except ValueError:
            continue
    found.ocsps, found.crls = list(_blobs(store, "/OCSPs")), list(_blobs(store, "/CRLs"))
    return found


def _blobs(store, key):
    try:
        items = store[key]
        streams = [items[index] for index in range(min(len(items), MAX_VALUES))]
    except Exception:  # none, or broken: no evidence
        return
    for stream in streams:
        if isinstance(stream, generic.StreamObject):
            try:
                yield stream.data
            except Exception:  # an unreadable filter
                continue


def orphans(reader, data, names):
    """Signatures that no field of the form shows: said, never taken for "not signed"."""
    shown = _shown(reader)
    if shown and data.count(b"/ByteRange") <= len(shown):
        return []  # without any, the names may be written in another way (#-escapes, object streams)
    found = [ref for ref in _signature_objects(reader) if ref not in shown]
    hidden = bool(found)
    if not names and not hidden and not shown:
        hidden = b"/ByteRange" in data and b"/Contents" in data
    if not hidden:
        return []
    facts = blank("(no field)")
    problem(facts, UNDETERMINED, "hidden", "the file holds a signature that no field shows, so it cannot be verified")
    return [settle(facts)]


def _shown(reader):
    """References of the signature objects that fields point at, and of Adobe's usage rights, which sign nothing."""
    found = {
        value.reference
        for _name, value, _field in enumerate_sig_fields(reader, filled_status=True)
        if isinstance(value, generic.IndirectObject)
    }
    if "/Perms" in reader.root:
        rights = reader.root["/Perms"]
        items = [rights.raw_get(key) for key in ("/UR", "/UR3") if key in rights]
        found |= {item.reference for item in items if isinstance(item, generic.IndirectObject)}
    return found


def _signature_objects(reader):
    """References of the dictionaries that look like a signature, in the whole file as it is now."""
    count = 0
    for ref in sorted(_references(reader), key=lambda item: item.idnum):
        count += 1
        if count > MAX_NODES:
            return
        try:
            node = reader.get_object(ref)
        except Exception:  # unreadable: other checks speak of it
            continue
        if type(node) is generic.DictionaryObject and "/Contents" in node and _signs(node):
            yield ref


def _signs(node):
    return "/ByteRange" in node or ("/Type" in node and node["/Type"] in ("/Sig", "/DocTimeStamp"))


def _references(reader):
    found = set()
    for revision in range(reader.xrefs.total_revisions):
        found |= set(reader.xrefs.explicit_refs_in_revision(revision))
    return found
