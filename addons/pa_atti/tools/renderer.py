"""HTML to PDF/A-2u, pure: nothing outside the arguments can get into the document."""

import logging

from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# Progress is of no use in a server log.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


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
    return document.write_pdf(pdf_variant=variant)


def _embed_nothing(root):
    """A signer sees the page: no file may hide behind it, not even one given as ``data:``."""
    for element in root.iter():
        if "attachment" in (element.get("rel") or "").lower().split():
            element.attrib.pop("rel")
