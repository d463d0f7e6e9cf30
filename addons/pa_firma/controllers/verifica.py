import re

from odoo import http
from odoo.http import request


class VerificaController(http.Controller):
    """The page behind the QR code: who signed the document one holds. It tells nothing of what the document says."""

    @http.route("/firma/<string:digest>", type="http", auth="public", sitemap=False)
    def signatures(self, digest):
        """Signatures of the document whose SHA-256 begins with these 32 digits."""
        documents = request.env["pa.atto.documento"]
        if re.fullmatch("[0-9a-f]{32}", digest):
            # Whoever has the page has its hash (128 bits): no right is needed to know who signed it.
            documents = documents.sudo().search([("sha256", "=like", digest + "%"), ("kind", "!=", "allegato")])
        signed = documents | documents.sudo().search([("derived_from_id", "in", documents.ids)])
        firme = request.env["pa.firma"].sudo().search([("documento_id", "in", signed.ids)])  # as above
        response = request.render(
            "pa_firma.verifica", {"documents": documents, "firme": firme, "company": documents.company_id[:1]}
        )
        response.headers["Cache-Control"] = "no-store"
        return response
