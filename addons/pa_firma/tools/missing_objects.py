"""References to objects that a PDF does not hold.

They stand for null (ISO 32000-1, 7.3.10) and many programs leave some, so a verification reads them so; what is to be signed
is refused as before. Whoever defines such an object later changes what was signed, and pyHanko would take it for an object
that nothing refers to.
"""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

_original = PdfFileReader._read_object
_TOLERANT = "_pa_missing_is_null"


def _read_object(reader, ref, marker, *args, **options):
    """Like pyHanko's, but in readers made `tolerant` what is missing is null."""
    if marker is None and getattr(reader, _TOLERANT, False):
        missing = generic.NullObject()
        missing.container_ref = ref
        return missing
    return _original(reader, ref, marker, *args, **options)


def install():
    PdfFileReader._read_object = _read_object


def tolerant(reader):
    """The same reader, for which an object that is missing is null."""
    setattr(reader, _TOLERANT, True)
    return reader


def was_there(reader, number, revision):
    """Whether an object with this number was there before a revision."""
    for earlier in range(revision - 1, -1, -1):
        section = reader.xrefs.get_xref_data(earlier)
        hidden = section.hybrid.xref_data if section.hybrid is not None else None
        if _holds(section, number) or (hidden is not None and _holds(hidden, number)):
            return True
        if number in section.freed:
            return False
    return False


def _holds(table, number):
    return number in table.standard_xrefs or number in table.xrefs_in_objstm


def defined_later(old, references):
    """Numbers among these references that a revision already referred to when it did not hold them, in order.

    :param old: pyHanko's resolver of that revision
    """
    old._load_reverse_xref_cache()
    referred = {ref.idnum for ref in old._indirect_object_access_cache}
    numbers = referred & {ref.idnum for ref in references}
    return sorted(number for number in numbers if not was_there(old.reader, number, old.revision + 1))
