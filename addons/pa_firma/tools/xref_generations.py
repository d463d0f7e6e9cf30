"""Generation numbers of the objects of a PDF.

pyHanko, when it is strict, refuses an object whose generation is not the one after that of a freed object with its number.
poppler gives generation 1 to what it adds: there is nothing to mistake it for, as the number was never used before.
"""

from pyhanko.pdf_utils import xref

_original = xref._check_xref_consistency


def _check_xref_consistency(sections):
    """Like pyHanko's, for the objects whose number an earlier part of the file already told of."""
    numbers = set()
    for section in xref._with_hybrids(sections):
        _forget_new(section.xref_data, numbers)
        numbers.update(section.xref_data.freed, (number for number, _generation in section.xref_data.explicit_refs_in_revision))
    _original(sections)


def _forget_new(table, numbers):
    higher = set(table.higher_generation_refs())
    if higher:
        known = {item for item in higher if item[0] in numbers}
        table.higher_generation_refs = lambda: iter(known)


def install():
    xref._check_xref_consistency = _check_xref_consistency
