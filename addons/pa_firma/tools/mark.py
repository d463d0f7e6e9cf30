"""The visible mark of a signature: name, capacity, date and a QR code, drawn as vectors with an embedded font.

It is a small PDF of its own, imported as the appearance of the signature field: nothing that is not embedded gets into
the document, which stays PDF/A.
"""

from dataclasses import dataclass
from io import BytesIO

from pyhanko.pdf_utils import content, layout
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle

from . import mark_code

GAP = 4  # points between the code and the words
WIDTH, HEIGHT = 180, 44  # points: it fits in the lower margin, beside the page number
SIDE, BOTTOM = 68, 12  # as far from the edge as the text of an act
PER_PAGE = 2
# pyHanko would leave a margin inside the box, and make everything smaller
_MIDDLE = layout.AxisAlignment.ALIGN_MID
_WHOLE = layout.SimpleBoxLayoutRule(x_align=_MIDDLE, y_align=_MIDDLE, margins=layout.Margins.uniform(0))


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the mark says. `font` is the path of a TrueType font; `drawing` its words already drawn, when they are."""

    lines: tuple = ()
    address: str = ""
    font: str = ""
    drawing: bytes = b""


class _Drawing(content.PdfContent):
    """The words, which are the only page of a PDF held in memory, and the code beside them."""

    def __init__(self, mark):
        self._data, self._address = mark.drawing or draw(mark), mark.address
        super().__init__()

    def render(self):
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._data)))
        self.resources.xobject["/Mark"] = page
        self.box = layout.BoxConstraints(width=WIDTH, height=HEIGHT)
        return b"/Mark Do" + (mark_code.squares(self._address) if self._address else b"")


def draw(mark):
    """The words of the mark as the bytes of a one-page PDF/A."""
    from .mark_drawing import (
        draw as drawn,  # the renderer is loaded only where something is drawn, not in every helper process
    )

    return drawn(tuple(mark.lines), mark.font, mark_code.SIDE + GAP if mark.address else 0)


def style(mark):
    """pyHanko's appearance for a mark."""
    return StaticStampStyle(border_width=0, background=_Drawing(mark), background_layout=_WHOLE, background_opacity=1.0)


def place(reader, index):
    """(page, box) of the mark of the signature number `index`, or None when the margins are full.

    Two per page in the lower margin, from the last page backwards.
    """
    pages = int(reader.root["/Pages"]["/Count"])
    page = pages - 1 - index // PER_PAGE
    if page < 0:
        return None
    width = _width(reader, page)
    left = SIDE if index % PER_PAGE == 0 else width - SIDE - WIDTH
    if width < 2 * (SIDE + WIDTH):
        return None
    return page, (left, BOTTOM, left + WIDTH, BOTTOM + HEIGHT)


def _width(reader, index):
    node = reader.find_page_for_modification(index)[0].get_object()
    for _level in range(50):
        if "/MediaBox" in node:
            left, _bottom, right, _top = (float(value) for value in node["/MediaBox"])
            return abs(right - left)
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return 595.0
