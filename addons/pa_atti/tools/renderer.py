"""HTML to PDF/A-2u, pure: nothing outside the arguments can get into the document."""

import atexit
import logging
import threading

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# Progress is of no use in a server log.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

_kept, _in_use = {}, threading.Lock()
atexit.register(_kept.clear)  # the fonts go while their library is still there


class RefusedResource(FatalURLFetchingError):
    """The document asks for something that is not its own."""


class _ClosedFetcher(URLFetcher):
    """Answers ``data:`` and the given ``pa:`` resources; refuses file, http and everything else."""

    def __init__(self, resources):
        super().__init__(allowed_protocols=("data", "pa"))
        self._resources = resources

    def fetch(self, url, headers=None):
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if url in self._resources:
            content, mimetype = self._resources[url]
            return URLFetcherResponse(url, content, {"Content-Type": mimetype})
        raise RefusedResource(f"the document may not load {url[:200]}")


def render_pdf(html: str, resources: dict | None = None, variant: str = "pdf/a-2u") -> bytes:
    """``html`` as PDF/A-2u. ``resources`` maps ``pa:`` addresses to (bytes, mimetype)."""
    fetcher = _ClosedFetcher(resources or {})
    document = HTML(string=html, url_fetcher=fetcher, base_url="pa:")
    _embed_nothing(document.etree_element)
    if not _in_use.acquire(blocking=False):  # fonts are one thread's at a time: who finds them taken loads its own
        return document.write_pdf(pdf_variant=variant)
    try:
        style, fonts = _own_style(document.etree_element, resources or {}, fetcher)
        return document.write_pdf(pdf_variant=variant, stylesheets=style, font_config=fonts)
    finally:
        _in_use.release()


def _own_style(root, resources, fetcher):
    """The sheets of the page's head, taken out of it, and the fonts that they load: the last ones are kept, so that a
    template is parsed once. A page with any other sheet gets fonts of its own: nothing passes to the next one."""
    head = root.find("head")
    sheets = [] if head is None else head.findall("style")
    others = [element for element in root.iter() if element.tag in ("style", "link") and element not in sheets]
    if not sheets or others:
        return [], None
    key = tuple(sheet.text or "" for sheet in sheets), tuple(sorted((url, hash(part)) for url, part in resources.items()))
    if _kept.get("key") != key:
        fonts = FontConfiguration()
        style = [CSS(string=text, font_config=fonts, url_fetcher=fetcher, base_url="pa:") for text in key[0]]
        _kept.update(key=key, fonts=fonts, style=style)
    for sheet in sheets:
        head.remove(sheet)
    return _kept["style"], _kept["fonts"]


def _embed_nothing(root):
    """A signer sees the page: no file may hide behind it, not even one given as ``data:``."""
    for element in root.iter():
        if "attachment" in (element.get("rel") or "").lower().split():
            element.attrib.pop("rel")
