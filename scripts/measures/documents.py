"""(f) render and sign one act, against bare WeasyPrint and bare pyHanko."""

import tempfile
from io import BytesIO
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

from .acts import Acts
from .clock import interleaved, measure

PASSWORD = "bench"


class _Own(URLFetcher):
    """The page's own fonts and nothing else, without the product's checks."""

    def __init__(self, resources):
        super().__init__()
        self._resources = resources

    def fetch(self, url, headers=None):
        content, mimetype = self._resources[url]
        return URLFetcherResponse(url, content, {"Content-Type": mimetype})


class Act:
    """An act that waits for its head of service's signature."""

    def __init__(self, town):
        acts = Acts(town)
        town.env.cr.commit()
        vals, users = acts.vals, acts.users
        self.id = acts.desk.do(users["istruttore"], lambda env: env["pa.atto"].create(vals).id)
        acts.desk.do(users["istruttore"], lambda env: env["pa.atto"].browse(self.id).action_start())
        self.desk, self.uid = acts.desk, users["responsabile"]
        town.env.cr.rollback()
        town.env.invalidate_all()
        act = town.env["pa.atto"].browse(self.id)
        self.pdf = act._official_document()._bytes()
        self.html, self.resources = self._what_was_rendered(act)

    @staticmethod
    def _what_was_rendered(act):
        """The very page and fonts, for the bare renderer."""
        from odoo.addons.pa_atti.models import atto_documenti

        kept = {}

        def keep(html, resources=None, **_named):
            kept.update(html=html, resources=resources)
            return b"%PDF-1.7 kept"

        original, atto_documenti.render_pdf = atto_documenti.render_pdf, keep
        try:
            act._supersede_documents()
            act._render_document(act.current_passo_ids)
        finally:
            atto_documenti.render_pdf = original
            act.env.cr.rollback()
            act.env.invalidate_all()
        return kept["html"], kept["resources"]

    def render(self, _number=0):
        """As the step does: page, PDF, hash, storage."""

        def work(env):
            act = env["pa.atto"].sudo().browse(self.id)
            act._supersede_documents()
            return act._render_document(act.current_passo_ids).id

        return self.desk.do(self.uid, work)

    def bare_render(self, _number=0):
        """WeasyPrint alone."""
        page = HTML(string=self.html, base_url="pa:", url_fetcher=_Own(self.resources))
        return page.write_pdf(pdf_variant="pdf/a-2u")


def render_and_sign(town, rounds):
    """(f)."""
    from odoo.addons.pa_firma.tools import pades
    from odoo.addons.pa_firma.tools.pki import DemoPki

    act = Act(town)
    with tempfile.TemporaryDirectory() as folder:
        pki = DemoPki(folder)
        data = pki.issue("Mario Rossi", "RSSMRA70A01H501S", PASSWORD)
        path = Path(folder) / "signer.p12"
        path.write_bytes(data)
        with pki.start_tsa() as tsa:
            ours, theirs = pades.load_key_file(data, PASSWORD), _bare_signer(path)
            request = pades.SignatureRequest(name="Mario Rossi", reason="Firma", tsa_url=tsa.url)
            seconds = interleaved(
                {
                    "page, PDF/A, storage": act.render,
                    "bare WeasyPrint": act.bare_render,
                    "PAdES B-T": lambda _n: pades.sign_pdf(act.pdf, ours, request),
                    "bare pyHanko": lambda _n: _bare_sign(act.pdf, theirs, tsa.url),
                },
                rounds,
                warmup=2,
            )
    seconds["render and sign"] = seconds["page, PDF/A, storage"] + seconds["PAdES B-T"]
    seconds["WeasyPrint and pyHanko"] = seconds["bare WeasyPrint"] + seconds["bare pyHanko"]
    return [
        measure("render and sign one act", seconds, "render and sign", "WeasyPrint and pyHanko", 1.2),
        measure("of which: render", seconds, "page, PDF/A, storage", "bare WeasyPrint"),
        measure("of which: sign", seconds, "PAdES B-T", "bare pyHanko"),
    ]


def _bare_signer(path):
    return signers.SimpleSigner.load_pkcs12(str(path), passphrase=PASSWORD.encode())


def _bare_sign(pdf, signer, tsa_url):
    """pyHanko as its manual shows it."""
    metadata = signers.PdfSignatureMetadata(
        field_name="Firma1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason="Firma"
    )
    output = BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)), metadata, signer=signer,
        timestamper=HTTPTimeStamper(tsa_url), output=output,
    )
    return output.getvalue()
