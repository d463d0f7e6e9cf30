from odoo import fields, models


class PaFirmaLibroRiga(models.TransientModel):
    _name = "pa.firma.libro.riga"
    _description = "Document of the libro firma"

    libro_id = fields.Many2one("pa.firma.libro", required=True, ondelete="cascade")
    passo_id = fields.Many2one("pa.atto.passo", "Step", required=True, ondelete="cascade")
    atto_id = fields.Many2one(related="passo_id.atto_id")
    documento_id = fields.Many2one(related="passo_id.documento_id")
    date_due = fields.Date(related="passo_id.date_due")
    selected = fields.Boolean("Sign")
    state = fields.Selection(
        [("waiting", "Waiting"), ("signed", "Signed"), ("refused", "Refused")], default="waiting", required=True
    )
    message = fields.Text("Outcome")

    def action_open(self):
        """Look at the very document that will be signed."""
        self.ensure_one()
        return self.documento_id.action_open()
