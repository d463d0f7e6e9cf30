from odoo import fields, models


class PaClausola(models.Model):
    _name = "pa.clausola"
    _description = "Clause"
    _order = "section, name"

    name = fields.Char(required=True)
    section = fields.Selection(
        [("premesse", "Recitals"), ("motivazione", "Grounds"), ("dispositivo", "Operative part")], required=True
    )
    text = fields.Html(required=True, sanitize=True, help="Placeholders such as {oggetto} are filled in when it is used.")
    tipo_ids = fields.Many2many("pa.atto.tipo", string="For types")
    active = fields.Boolean(default=True)
