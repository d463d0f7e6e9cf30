from odoo import api, fields, models


class PaAtto(models.Model):
    _inherit = "pa.atto"

    can_seal_many = fields.Boolean(compute="_compute_can_seal_many")

    @api.depends("documento_ids.can_seal")
    @api.depends_context("uid")
    def _compute_can_seal_many(self):
        for atto in self:
            atto.can_seal_many = len(atto.documento_ids.filtered("can_seal")) > 1

    def action_seal_copies(self):
        """Open the dialog that seals copies: of the signed documents of these acts, those that are not concluded said as such."""
        self.check_access("read")
        signed = self.documento_ids.filtered(lambda d: d.kind == "firmato" and not d.superseded)
        return self.env["pa.firma.apponi"]._opened(signed._filtered_access("read"), self)

    def action_seal_documents(self):
        """The same, of every document in force of this act."""
        self.ensure_one()
        self.check_access("read")
        copies = self.documento_ids.filtered(lambda d: d.kind not in ("sigillato", "marca") and not d.superseded)
        return self.env["pa.firma.apponi"]._opened(copies._filtered_access("read"), self)
