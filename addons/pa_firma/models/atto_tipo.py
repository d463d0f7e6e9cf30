from odoo import fields, models


class PaAttoTipo(models.Model):
    _inherit = "pa.atto.tipo"

    firma_mode = fields.Selection(
        [("digital", "Digital"), ("paper", "On paper")],
        "Signature",
        required=True,
        default="digital",
        help="On paper: the step is completed without a digital signature and the scan is attached.",
    )
