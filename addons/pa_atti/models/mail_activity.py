from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    pa_passo_id = fields.Many2one("pa.atto.passo", "Step", ondelete="cascade", index="btree_not_null")
