"""Was exactly the given document signed? Compares it with the signed file, object by object.

pyHanko's difference policy needs an earlier form to compare with; a document that was never signed has none, so the
first signature on it is judged here, by a closed list of what a signature may add.
"""

from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import SuspiciousModification

from . import mark_rule, revisions
from .freed_objects import deleted
from .missing_objects import defined_later, tolerant

_CATALOG = {"/AcroForm", "/Extensions", "/DSS", "/Version", "/Perms"}
_INFO = {"/ModDate", "/Producer"}


def differences(reader, data, original, policy):
    """Reasons why `data` is not `original` with signatures added; an empty list when it is."""
    if not original or len(data) <= len(original) or not data.startswith(original):
        return ["it is another file, or it was written anew instead of being added to"]
    before = tolerant(PdfFileReader(BytesIO(original), strict=True))
    base = before.xrefs.total_revisions - 1
    if base + 1 >= reader.xrefs.total_revisions:
        return ["nothing was added to it"]
    if revisions.hold_more(reader, data, len(original), base):
        return ["parts that its tables do not list were added"]
    if "/AcroForm" in before.root:
        outcome = policy.review_file(reader, base)
        return [str(outcome)] if isinstance(outcome, SuspiciousModification) else []
    return list(_compare(reader, before, base)) + _drawn(reader, before)


def _drawn(reader, before):
    """Why what was added draws more than the marks of signatures."""
    try:
        mark_rule.check(before, reader, mark_rule.MAX_SHARE_OF_FIRST)
    except SuspiciousModification as error:
        return [str(error)]
    return []


def _compare(reader, before, base):
    widgets = _signature_widgets(reader)
    if widgets is None:
        yield "the form that was added holds more than signatures"
        return
    pages = {page.reference for page in _pages(before)}
    allowed_arrays = {
        annots.reference for page in _pages(before) if isinstance(annots := _raw(page, "/Annots"), generic.IndirectObject)
    }
    old = before.get_historical_resolver(base)
    for revision in range(base + 1, reader.xrefs.total_revisions):
        if defined_later(old, reader.xrefs.explicit_refs_in_revision(revision)):
            yield "an object that it referred to, and did not hold, was added"
        if deleted(reader, revision):
            yield "a part of it was deleted"
        for ref in reader.xrefs.explicit_refs_in_revision(revision):
            if _existed(before, ref) and not _allowed(reader, before, ref, pages, allowed_arrays, widgets):
                yield f"object {ref.idnum} of it was replaced"


def _existed(before, ref):
    try:
        before.xrefs.get_last_change(ref)
    except KeyError:
        return False
    return True


def _allowed(reader, before, ref, pages, arrays, widgets):
    old, new = before.get_object(generic.Reference(ref.idnum, ref.generation, before)), reader.get_object(ref)
    if ref == before.root_ref:
        return _same_but(old, new, _CATALOG | ({"/Metadata"} - set(old)))  # signing programs add some where there is none
    if ref in pages:
        return _same_but(old, new, {"/Annots"}) and _only_widgets_added(
            _list(_resolved(before, _raw(old, "/Annots"))), _list(_resolved(reader, _raw(new, "/Annots"))), widgets
        )
    if ref in arrays:
        return _only_widgets_added(_list(old), _list(new), widgets)
    info = _raw(before.trailer, "/Info")
    if isinstance(info, generic.IndirectObject) and ref == info.reference:
        return _same_but(old, new, _INFO)
    return _is_metadata(old) and _is_metadata(new) and _metadata_ref(before) == ref


def _is_metadata(node):
    """Descriptive metadata are not part of the page: some programs update them while signing."""
    return isinstance(node, generic.StreamObject) and (_get(node, "/Type"), _get(node, "/Subtype")) == ("/Metadata", "/XML")


def _metadata_ref(before):
    item = _raw(before.root, "/Metadata")
    return item.reference if isinstance(item, generic.IndirectObject) else None


def _same_but(old, new, keys):
    if not isinstance(old, generic.DictionaryObject) or not isinstance(new, generic.DictionaryObject):
        return False
    names = (set(old) | set(new)) - keys
    return all(_raw(old, name) == _raw(new, name) for name in names)


def _only_widgets_added(old, new, widgets):
    if new[: len(old)] != old:
        return False
    added = new[len(old) :]
    return all(isinstance(item, generic.IndirectObject) and item.reference in widgets for item in added)


def _signature_widgets(reader):
    """References of the signature fields; None when the form holds anything else."""
    form = _get(reader.root, "/AcroForm")
    if form is None or set(form) - {"/Fields", "/SigFlags", "/DR", "/DA", "/NeedAppearances", "/Q"}:
        return None
    if bool(_get(form, "/NeedAppearances")):
        return None
    found = set()
    fields = _get(form, "/Fields") or generic.ArrayObject()
    for index in range(len(fields)):
        item = fields.raw_get(index)
        field = item.get_object() if isinstance(item, generic.IndirectObject) else None
        if field is None or str(_get(field, "/FT")) != "/Sig" or "/Kids" in field:
            return None
        found.add(item.reference)
    return found


def _pages(handler):
    stack, seen = [handler.root.raw_get("/Pages")], set()
    while stack:
        item = stack.pop()
        if not isinstance(item, generic.IndirectObject) or item.reference in seen:
            continue
        seen.add(item.reference)
        node = handler.get_object(item.reference)
        if "/Kids" in node:
            kids = node["/Kids"]
            stack.extend(kids.raw_get(index) for index in range(len(kids)))
        else:
            yield _Page(item.reference, node)


class _Page(dict):
    """A page's dictionary with its own reference at hand."""

    def __init__(self, reference, node):
        super().__init__({key: node.raw_get(key) for key in node})
        self.reference = reference

    def raw_get(self, key):
        return self[key]


def _get(node, key):
    """The value behind a key, followed through its reference (`get` of pyHanko's dictionaries does not)."""
    return node[key] if key in node else None  # noqa: SIM401


def _raw(node, key):
    return node.raw_get(key) if key in node else None


def _resolved(handler, value):
    return handler.get_object(value.reference) if isinstance(value, generic.IndirectObject) else value


def _list(array):
    return [array.raw_get(index) for index in range(len(array))] if array is not None else []
