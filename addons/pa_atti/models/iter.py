from odoo import fields, models

from ..tools.campi import WholeOne2many


class PaIter(models.Model):
    """The definition of a procedure. Acts copy it when they start: editing it never touches an act under way."""

    _name = "pa.iter"
    _description = "Procedure"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    passo_ids = WholeOne2many("pa.iter.passo", "iter_id", "Steps", copy=True)
    tipo_ids = fields.One2many("pa.atto.tipo", "iter_id", "Types of act", readonly=True)
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)
