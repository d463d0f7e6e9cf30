from odoo import api, fields, models
from odoo.fields import Domain


class PaFirmaDiRecord(models.AbstractModel):
    """What tells of a signed record of another addon, its name too: whoever reads that record reads this, and who signed it."""

    _name = "pa.firma.di.record"
    _description = "Signature of a record of another addon"

    res_model = fields.Char("Model")
    res_id = fields.Many2oneReference("Record", model_field="res_model")
    record_readable = fields.Boolean(compute="_compute_record_readable", search="_search_record_readable")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_record_readable(self):
        signed = self.env.registry.descendants(["pa.firma.mixin"], "_inherit")
        for one in self:
            record = self.env[one.res_model].sudo(False).browse(one.res_id) if one.res_model in signed else None
            one.record_readable = bool(record and record.exists() and record.has_access("read"))

    @api.model
    def _search_record_readable(self, operator, value):
        if operator != "in" or set(value) != {True}:  # the ORM inverts it
            return NotImplemented
        found = Domain.FALSE
        for name in self.env.registry.descendants(["pa.firma.mixin"], "_inherit"):
            model = self.env[name].sudo(False).with_context(active_test=False)
            if not model._abstract and model.has_access("read"):
                found |= Domain("res_model", "=", name) & Domain("res_id", "in", model._search([]))
        return found
