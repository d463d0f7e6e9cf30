from odoo import fields, models

from .atto_tipo import MODES


class PaFirmaAvvio(models.Model):
    """From which day a type of act is signed digitally, for everybody or for one settore."""

    _name = "pa.firma.avvio"
    _description = "Start of digital signing"
    _inherit = ["pa.organigramma.mixin"]
    _order = "tipo_id, department_id, date_from"
    _rec_name = "tipo_id"

    tipo_id = fields.Many2one("pa.atto.tipo", "Type", required=True, ondelete="cascade", index=True)
    department_id = fields.Many2one(
        "hr.department", "Sector", domain=[("pa_kind", "=", "settore")], ondelete="cascade", help="Empty: every sector."
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    mode = fields.Selection(MODES, "Signature", required=True, default="digital")

    _one_per_day = models.UniqueIndex(
        "(tipo_id, COALESCE(department_id, 0), date_from)", "There is already a start on that day."
    )
