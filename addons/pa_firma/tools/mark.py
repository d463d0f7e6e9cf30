"""The visible mark of a signature: name, capacity, date and a QR code, drawn as vectors with an embedded font.

It is a small PDF of its own, imported as the appearance of the signature field: nothing that is not embedded gets into
the document, which stays PDF/A.
"""

from dataclasses import dataclass
from io import BytesIO

from pyhanko.pdf_utils import content, layout
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle

WIDTH, HEIGHT = 180, 44  # points: it fits in the lower margin, beside the page number
SIDE, BOTTOM = 62, 12
PER_PAGE = 2


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the mark says. `font` is the path of a TrueType font; `drawing` the mark already drawn, when it is."""

    lines: tuple = ()
    address: str = ""
    font: str = ""
    drawing: bytes = b""


class _Drawing(content.PdfContent):
    """The only page of a PDF held in memory."""

    def __init__(self, data):
        self._data = data
        super().__init__()

    def render(self):
        page = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self._data)))
        self.resources.xobject["/Mark"] = page
        self.box = layout.BoxConstraints(width=WIDTH, height=HEIGHT)
        return b"/Mark Do"


def draw(mark):
    """The mark as the bytes of a one-page PDF/A."""
    from .mark_drawing import (
        draw as drawn,  # the renderer is loaded only where something is drawn, not in every helper process
    )

    return drawn(mark)


def style(mark):
    """pyHanko's appearance for a mark."""
    return StaticStampStyle(border_width=0, background=_Drawing(mark.drawing or draw(mark)), background_opacity=1.0)


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
