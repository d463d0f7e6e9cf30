from odoo import fields, models


class PaAtto(models.Model):
    _inherit = "pa.atto"

    firma_ids = fields.One2many("pa.firma", "atto_id", "Signatures", readonly=True)
    firma_count = fields.Integer("Number of signatures", compute="_compute_firma_verdict")
    firma_verdict = fields.Selection(
        [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")],
        "Signatures' verdict",
        compute="_compute_firma_verdict",
    )

    def _sealed_initial(self):
        return super()._sealed_initial() | {"firma_ids": False}

    def _compute_firma_verdict(self):
        for atto in self:
            atto.firma_count = len(atto.firma_ids)
            verdicts = set(atto.firma_ids.mapped("verdict"))
            atto.firma_verdict = next((v for v in ("not_valid", "undetermined", "valid") if v in verdicts), False)

    def _complete_step(self, step):
        """A step that waits for a digital signature asks for it."""
        if step._takes_digital_signature() and not step._firma_ready():
            return step.action_open_firma()
        return super()._complete_step(step)

    def action_open_libro_firma(self):
        """Open the libro firma with these acts."""
        action = self.env["ir.actions.client"]._for_xml_id("pa_firma.client_libro_firma")
        return action | {"context": {"active_model": self._name, "active_ids": self.ids}}
