from odoo import fields, models

from ..tools import sandbox


class PaAttoDocumento(models.Model):
    _inherit = "pa.atto.documento"

    firma_ids = fields.One2many("pa.firma", "documento_id", "Signatures", readonly=True)

    def _verify(self, data=None, original=None):
        """Verification report of this document's bytes (or of `data`), in a process of its own."""
        self.ensure_one()
        return sandbox.verify_pdf(
            self._bytes() if data is None else data,
            original=original,
            **self.env["pa.firma.ancora"]._trust(self.company_id),
        )
