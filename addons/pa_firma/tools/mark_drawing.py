"""Drawing of the visible mark, as vectors with an embedded font: a small PDF/A of its own."""

import re
import textwrap
from html import escape

import qrcode
import qrcode.constants
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from .mark import HEIGHT, WIDTH


class _Fonts(URLFetcher):
    def __init__(self, path):
        super().__init__(allowed_protocols=("pa",))
        self._path = path

    def fetch(self, url, headers=None):
        with open(self._path, "rb") as handle:
            return URLFetcherResponse(url, handle.read(), {"Content-Type": "font/ttf"})


def _qr(address):
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    matrix = code.get_matrix()
    path = "".join(_runs(y, row) for y, row in enumerate(matrix))
    size = len(matrix)
    return f'<svg viewBox="0 0 {size} {size}"><path fill="#000" d="{path}"/></svg>'


def _runs(y, row):
    """One rectangle for each run of dark squares: far less for the renderer to read than square by square."""
    text = "".join("1" if dark else "0" for dark in row)
    return "".join(f"M{run.start()} {y}h{len(run[0])}v1h-{len(run[0])}z" for run in re.finditer("1+", text))


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
