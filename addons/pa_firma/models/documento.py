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

    def action_verify(self):
        """Verify now and show the verdict."""
        self.ensure_one()
        self.check_access("read")
        original = self.derived_from_id.sudo()._bytes() if self.derived_from_id else None  # it is inside the signed one
        trust = self.env["pa.firma.ancora"]._trust(self.company_id)
        report = sandbox.verify_document(self._bytes(), original=original, **trust)
        wizard = self.env["pa.firma.verdetto"].create({"documento_id": self.id, "report": report})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verification of %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
