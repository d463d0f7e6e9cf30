from odoo import api, fields, models, tools

from .atto_riga import KINDS


class PaAttoTipo(models.Model):
    _name = "pa.atto.tipo"
    _inherit = ["pa.atto.tipo", "pa.organigramma.mixin"]

    pa_riga_kind = fields.Selection(
        KINDS, "Accounting line", help="What the lines of this type of act usually are. Empty: it has no accounting page."
    )

    @api.model
    @tools.ormcache()
    def _pa_spending_ids(self):
        """Types whose acts have accounting lines; kept until a type changes, as they decide which chapters a delegate sees."""
        types = self.sudo().with_context(active_test=False)  # configuration
        return tuple(types.search([("pa_riga_kind", "!=", False)]).ids)
