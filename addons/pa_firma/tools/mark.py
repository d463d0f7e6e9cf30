"""The visible mark of a signature: name, capacity, date and a QR code, drawn as vectors with an embedded font.

It is a small PDF of its own, imported as the appearance of the signature field: nothing that is not embedded gets into
the document, which stays PDF/A.
"""

import textwrap
from dataclasses import dataclass
from html import escape
from io import BytesIO

import qrcode
import qrcode.constants
from pyhanko.pdf_utils import content, layout
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

WIDTH, HEIGHT = 180, 44  # points: it fits in the lower margin, beside the page number
SIDE, BOTTOM = 62, 12
PER_PAGE = 2


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the mark says. `font` is the path of a TrueType font."""

    lines: tuple
    address: str = ""
    font: str = ""


class _Fonts(URLFetcher):
    def __init__(self, path):
        super().__init__(allowed_protocols=("pa",))
        self._path = path

    def fetch(self, url, headers=None):
        with open(self._path, "rb") as handle:
            return URLFetcherResponse(url, handle.read(), {"Content-Type": "font/ttf"})


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


def _qr(address):
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    matrix = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    size = len(matrix)
    return f'<svg viewBox="0 0 {size} {size}"><path fill="#000" d="{path}"/></svg>'


def _size(lines):
    """Points of the type: as large as lets every word be read, the name of who is substituted included."""
    for size in (6.5, 5.8, 5.2, 4.6):
        wide, high = int(255 / size), int(40 / (size * 1.2))
        if sum(len(textwrap.wrap(line, wide)) for line in lines) <= high:
            return size
    return 4.2


def draw(mark):
    """The mark as the bytes of a one-page PDF/A."""
    face = '@font-face { font-family: Mark; src: url("pa:font"); }' if mark.font else ""
    lines = "".join(f"<div>{escape(line)}</div>" for line in mark.lines if line)
    html = f"""<html lang="it"><head><meta charset="utf-8"><title>.</title><style>{face}
        @page {{ size: {WIDTH}pt {HEIGHT}pt; margin: 0; }}
        body {{ margin: 0; font: {_size(mark.lines)}pt/1.2 Mark, sans-serif; }}
        .mark {{ box-sizing: border-box; width: {WIDTH}pt; height: {HEIGHT}pt; border: 0.4pt solid #444;
                 padding: 2pt 3pt; overflow: hidden; display: flex; gap: 4pt; align-items: center; }}
        svg {{ width: 38pt; height: 38pt; flex: none; }}
    </style></head><body><div class="mark">{_qr(mark.address) if mark.address else ""}
        <div class="lines">{lines}</div></div></body></html>"""
    fonts = FontConfiguration()
    document = HTML(string=html, url_fetcher=_Fonts(mark.font), base_url="pa:")
    return document.write_pdf(pdf_variant="pdf/a-2u", font_config=fonts)


def style(mark):
    """pyHanko's appearance for a mark."""
    return StaticStampStyle(border_width=0, background=_Drawing(draw(mark)), background_opacity=1.0)


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
