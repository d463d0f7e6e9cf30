"""Drawing of the visible mark's words, as vectors with an embedded font: a small PDF/A of its own."""

import functools
import textwrap
from html import escape

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


def _size(lines):
    """Points of the type: as large as lets every word be read, the name of who is substituted included."""
    for size in (6.5, 5.8, 5.2, 4.6):
        wide, high = int(255 / size), int(40 / (size * 1.2))
        if sum(len(textwrap.wrap(line, wide)) for line in lines) <= high:
            return size
    return 4.2


@functools.lru_cache(maxsize=64)  # the documents of a batch say the same, but for their codes
def draw(lines, font, room):
    """The words as the bytes of a one-page PDF/A.

    :param room: points left free at the left, for the code
    """
    face = '@font-face { font-family: Mark; src: url("pa:font"); }' if font else ""
    text = "".join(f"<div>{escape(line)}</div>" for line in lines if line)
    html = f"""<html lang="it"><head><meta charset="utf-8"><title>.</title><style>{face}
        @page {{ size: {WIDTH}pt {HEIGHT}pt; margin: 0; }}
        body {{ margin: 0; font: {_size(lines)}pt/1.2 Mark, sans-serif; }}
        .mark {{ box-sizing: border-box; width: {WIDTH}pt; height: {HEIGHT}pt; border: 0.4pt solid #444;
                 padding: 2pt 3pt 2pt {3 + room}pt; overflow: hidden; display: flex; align-items: center; }}
    </style></head><body><div class="mark"><div class="lines">{text}</div></div></body></html>"""
    fonts = FontConfiguration()
    document = HTML(string=html, url_fetcher=_Fonts(font), base_url="pa:")
    return document.write_pdf(pdf_variant="pdf/a-2u", font_config=fonts)
