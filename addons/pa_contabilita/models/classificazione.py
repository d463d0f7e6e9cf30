from odoo import api, fields, models


class PaClassificazione(models.AbstractModel):
    """What the official classifications have in common: a code, a name, never deleted while used."""

    _name = "pa.classificazione"
    _description = "Official classification"
    _order = "code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, index=True)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.code} {record.name}" if record.code else record.name
