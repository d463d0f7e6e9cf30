from odoo import api, fields, models


class PaLiquidazione(models.Model):
    """Payment approval (TUEL art. 184): what is due to one creditor by one act; born at the control of 184 c.4."""

    _name = "pa.liquidazione"
    _description = "Payment approval"
    _inherit = ["pa.sigillo.mixin", "mail.thread"]
    _order = "year desc, number desc"
    _rec_names_search = ["name"]
    _check_company_auto = True
    _create_only_sealed = True

    name = fields.Char("Number", compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Integer("No.", required=True, default=0, aggregator=None)
    year = fields.Integer(required=True, aggregator=None)
    date = fields.Date(required=True)
    partner_id = fields.Many2one("res.partner", "Creditor", ondelete="restrict", index="btree_not_null")
    atto_id = fields.Many2one("pa.atto", "Act", required=True, ondelete="restrict", index=True)
    riga_ids = fields.One2many("pa.liquidazione.riga", "liquidazione_id", "Lines", readonly=True)
    amount = fields.Monetary(compute="_compute_amount", store=True)
    is_mine = fields.Boolean("Mine", compute="_compute_is_mine", search="_search_is_mine")

    _number_unique = models.UniqueIndex("(company_id, year, number) WHERE number > 0", "This number exists already.")

    def _frozen_fields(self):
        return set(self._fields) - {"message_follower_ids", "message_ids", "activity_ids"}

    def _check_unlink_allowed(self):
        return [self.env._("A payment approval is never deleted.")]

    @api.depends("number", "year")
    def _compute_name(self):
        for record in self:
            record.name = f"L {record.number or '?'}/{record.year}"

    @api.depends("riga_ids.amount")
    def _compute_amount(self):
        for record in self:
            record.amount = sum(record.riga_ids.mapped("amount"))

    def _compute_is_mine(self):
        for record in self:
            record.is_mine = all(record.riga_ids.impegno_id.mapped("is_mine"))

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("riga_ids.impegno_id.is_mine", operator, value)]
