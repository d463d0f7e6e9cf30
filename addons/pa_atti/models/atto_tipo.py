from odoo import fields, models


class PaAttoTipo(models.Model):
    _name = "pa.atto.tipo"
    _description = "Type of act"
    _order = "sequence, name"

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    organo = fields.Selection(
        [("dirigente", "Head of service"), ("sindaco", "Mayor"), ("giunta", "Giunta"), ("consiglio", "Consiglio")],
        "Body", required=True, default="dirigente",
    )
    iter_id = fields.Many2one("pa.iter", "Procedure", required=True, ondelete="restrict")
    registro_organo_id = fields.Many2one("pa.registro", "Body's register", ondelete="restrict")
    premesse = fields.Html("Recitals", sanitize=True)
    motivazione = fields.Html("Grounds", sanitize=True)
    dispositivo = fields.Html("Operative part", sanitize=True)
    publication_days = fields.Integer("Days of publication", default=15)
    enforceable_days = fields.Integer(
        "Enforceable after days", help="Full days of publication (art. 134 c.3 TUEL); 0: when the iter says."
    )
    retention_years = fields.Integer("Retention (years)", help="0: without limit.")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE (code)", "Two types cannot have the same code.")
