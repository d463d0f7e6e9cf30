"""Metadata that signing programs refresh by themselves: allowed after a signature, as long as nothing else in them changes.

pyHanko's own rule accepts any XMP in the place of any other; a title changed after signing would go unnoticed.
"""

from io import BytesIO

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.reader import RawPdfPath
from pyhanko.sign.diff_analysis import (
    DocInfoRule,
    MetadataUpdateRule,
    ReferenceUpdate,
    SuspiciousModification,
    WhitelistRule,
)
from pyhanko.sign.diff_analysis.rules_api import Context

_VOLATILE = (
    "http://ns.adobe.com/pdf/1.3/Producer",
    "http://ns.adobe.com/xap/1.0/ModifyDate",
    "http://ns.adobe.com/xap/1.0/MetadataDate",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#about",
)
_REFRESHED = {"/Producer", "/ModDate"}
_ADDED = _REFRESHED | {"/Creator", "/CreationDate", "/Trapped"}
_STREAM_KEYS = {"/Type", "/Subtype", "/Length", "/Filter", "/DecodeParms"}


class RefreshedInfoRule(DocInfoRule):
    """/Info may be written anew, or added, if the title, the author and the like stay as they were."""

    def apply(self, old, new):
        before, after = (_information(item.trailer_view) for item in (old, new))
        for key in set(before) | set(after):
            same = key in before and key in after and before[key] == after[key]
            if not same and key not in (_REFRESHED if key in before else _ADDED) and after:
                raise SuspiciousModification(f"{key} of the document was changed")
        yield from super().apply(old, new)


def _information(trailer):
    info = trailer["/Info"] if "/Info" in trailer else None  # noqa: SIM401 - follows a reference
    return info if isinstance(info, generic.DictionaryObject) else {}


class RefreshedMetadataRule(WhitelistRule):
    """The XMP of the catalog may be written anew, or added, if only its dates and its producer are new."""

    def apply(self, old, new):
        before, after = _reference(old.root), _reference(new.root)
        if after is None or not (before == after or old.is_ref_unassignable(after)):
            return
        if _unchanged(before, after) or _refreshed(before, after):
            where = Context.from_absolute(old, RawPdfPath("/Root", "/Metadata"))
            yield ReferenceUpdate(after, context_checked=where)


def _unchanged(before, after):
    if before is None:
        return False
    old, new = before.get_object(), after.get_object()
    return old is new or (old == new and old.data == new.data)


def _refreshed(before, after):
    for item in (before, after) if before else (after,):
        MetadataUpdateRule.is_well_formed_xml(item)
        if set(item.get_object()) - _STREAM_KEYS:
            return False
    return (_facts(before) if before else {}) == _facts(after)


def _reference(root):
    try:
        return root.get_value_as_reference("/Metadata")
    except (KeyError, misc.IndirectObjectExpected):
        return None


def _facts(reference):
    found = {}
    for structure in parse_xmp(BytesIO(reference.get_object().data)):
        for name, value in structure:
            if not str(name).startswith(_VOLATILE):
                found.setdefault(str(name), []).append(repr(value))
    return found
