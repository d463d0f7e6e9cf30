from odoo import fields, models

from .atto_riga import KINDS


class PaAttoTipo(models.Model):
    _inherit = "pa.atto.tipo"

    pa_riga_kind = fields.Selection(
        KINDS, "Accounting line", help="What the lines of this type of act usually are. Empty: it has no accounting page."
    )
