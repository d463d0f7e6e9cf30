from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

KINDS = [
    ("redazione", "Drafting"),
    ("parere", "Opinion"),
    ("numerazione", "Numbering"),
    ("firma", "Signature"),
    ("visto", "Visa"),
    ("esecutivita", "Enforceability"),
    ("pubblicazione", "Publication"),
    ("attesa", "Waiting"),
]


class PaIterPasso(models.Model):
    _name = "pa.iter.passo"
    _description = "Step of a procedure"
    _order = "iter_id, sequence, id"

    iter_id = fields.Many2one("pa.iter", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10, help="Steps with the same sequence run in parallel.")
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True)
    ruolo_id = fields.Many2one("pa.ruolo", "Role", ondelete="restrict", help="Who does it; empty for automatic steps.")
    registro_kind = fields.Selection(
        [("proposte", "Proposals"), ("settore", "Sector"), ("generale", "General"), ("organo", "Body")], "Register"
    )
    term_days = fields.Integer("Term (working days)")
    automatic = fields.Boolean()
    join_mode = fields.Selection(
        [("all", "All"), ("any", "Any one"), ("quorum", "Quorum")], "In parallel", default="all", required=True
    )
    quorum = fields.Integer(default=1)
    four_eyes = fields.Boolean(help="Whoever does this step does no other step of the act that is marked so.")
    domain = fields.Char("Only for acts", default="[]", help="Acts out of this domain skip the step.")

    @api.constrains("domain")
    def _check_domain(self):
        for passo in self:
            try:
                Domain(safe_eval(passo.domain or "[]")).validate(self.env["pa.atto"])
            except Exception as error:
                raise ValidationError(self.env._("The filter of step %(step)s is wrong: %(error)s",
                                                 step=passo.name, error=error)) from error

    @api.constrains("automatic", "ruolo_id", "kind", "registro_kind")
    def _check_complete(self):
        for passo in self:
            if not passo.automatic and not passo.ruolo_id and passo.kind not in ("redazione", "attesa"):
                raise ValidationError(self.env._("Step %s needs a role, or to be automatic.", passo.name))
            if passo.automatic and passo.kind in self._personal_kinds():
                raise ValidationError(self.env._("Step %s is a person's: it is not automatic.", passo.name))
            if passo.kind == "numerazione" and not passo.registro_kind:
                raise ValidationError(self.env._("Step %s needs a register.", passo.name))

    @api.model
    def _personal_kinds(self):
        """Kinds for which somebody answers in person."""
        return {"redazione", "parere", "firma", "visto"}

    def _applies_to(self, atto):
        self.ensure_one()
        return bool(atto.filtered_domain(Domain(safe_eval(self.domain or "[]"))))

    @api.model
    def _copied_fields(self):
        """Fields of the act's own step that a later round repeats as they were when the act started."""
        return [
            "sequence", "name", "kind", "ruolo_id", "registro_kind", "registro_id", "term_days", "automatic", "join_mode",
            "quorum", "four_eyes", "publication_days", "enforceable_days",
        ]

    def _prepare_passo(self, atto):
        """Values of the act's own step: from here on the definition, and the type, may change without touching it."""
        self.ensure_one()
        tipo = atto.tipo_id
        registro = atto._registro_for(self.registro_kind) if self.kind == "numerazione" else self.env["pa.registro"]
        return {
            "atto_id": atto.id, "sequence": self.sequence, "name": self.name, "kind": self.kind, "state": "todo",
            "ruolo_id": self.ruolo_id.id, "registro_kind": self.registro_kind, "term_days": self.term_days,
            "automatic": self.automatic, "join_mode": self.join_mode, "quorum": self.quorum,
            "four_eyes": self.four_eyes, "registro_id": registro.id, "publication_days": tipo.publication_days,
            "enforceable_days": tipo.enforceable_days,
        }
