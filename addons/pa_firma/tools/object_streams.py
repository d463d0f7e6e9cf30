"""Reading objects out of the object streams of a PDF.

pyHanko reads a stream's list of objects from its beginning for each object that it takes out of it: quadratic in their number.
Here the list is read once. Whatever is not plain goes to pyHanko's own reader, so that it is read and refused as before.
"""

from contextlib import contextmanager
from io import BytesIO

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.reader import PdfFileReader

_original = PdfFileReader._get_object_from_stream
_PLAIN = "_pa_object_places"


def _places(stream):
    """Position of each object of a stream, by its number and its index; None when the list is not plain digits."""
    try:
        return getattr(stream, _PLAIN)
    except AttributeError:
        setattr(stream, _PLAIN, found := _read_places(stream))
        return found


def _read_places(stream):
    count, first = stream["/N"], stream["/First"]
    if stream["/Type"] != "/ObjStm" or not 0 <= first <= len(stream.data):
        return None
    words = stream.data[:first].split()
    if len(words) != 2 * count or not all(word.isdigit() and len(word) < 11 for word in words):
        return None
    numbers = [int(word) for word in words]
    if len(set(numbers[::2])) != count:
        return None
    return {
        (number, index): first + numbers[2 * index + 1] for index, number in enumerate(numbers[::2])
    }


def _get_object_from_stream(reader, idnum, stmnum, idx):
    """Like pyHanko's, faster."""
    stream = generic.Reference(stmnum, 0, reader).get_object()
    if type(stream) is not generic.StreamObject or reader.encrypted:
        return _original(reader, idnum, stmnum, idx)
    place = (_places(stream) or {}).get((idnum, idx))
    if place is None:
        return _original(reader, idnum, stmnum, idx)
    data = BytesIO(stream.data)
    data.seek(place)
    try:
        found = generic.read_object(data, generic.Reference(idnum, 0, reader))
    except (misc.PdfStreamError, misc.PdfReadError):
        return _original(reader, idnum, stmnum, idx)
    if isinstance(found, (generic.StreamObject, generic.IndirectObject)):
        return _original(reader, idnum, stmnum, idx)
    return found


def install():
    PdfFileReader._get_object_from_stream = _get_object_from_stream


@contextmanager
def without():
    """pyHanko as it comes, to compare with."""
    PdfFileReader._get_object_from_stream = _original
    try:
        yield
    finally:
        install()
