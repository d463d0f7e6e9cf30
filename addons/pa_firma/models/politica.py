from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    pa_firma_qualified_required = fields.Boolean(
        "Require a qualified signature", help="Confirmed by a trusted list in use. Off for training."
    )
    pa_firma_revocation_required = fields.Boolean(
        "Refuse when revocation is not known", help="Off: the signature is accepted and the doubt stays on record."
    )


class PaAttoTipo(models.Model):
    _inherit = "pa.atto.tipo"

    firma_qualified = fields.Boolean("Qualified", help="Its signatures must be qualified, also where the body does not ask it.")


class PaFirmaBase(models.AbstractModel):
    """What the body wants of a signature besides being good and of the right person."""

    _inherit = "pa.firma.base"

    def _reasons_report(self, report):
        reasons = super()._reasons_report(report)
        return reasons or self._reasons_policy(self.env["pa.firma"]._added(report)[0])

    def _reasons_signer(self, facts):
        return super()._reasons_signer(facts) or self._reasons_policy(facts)

    def _reasons_policy(self, facts):
        """Reasons why one verified signature is not enough for this body."""
        # The body's rules concern whoever signs, who does not read its configuration.
        company, reasons = self._firma_company().sudo(), []
        if self._firma_wants_qualified():
            reasons += self._reasons_qualified(facts)
        if company.pa_firma_revocation_required and facts.get("revocation") != "good":
            reasons.append(self.env._("It is not known whether the certificate was revoked: the authority did not answer. Try again later."))
        return reasons

    def _firma_wants_qualified(self):
        """Whether only a qualified signature will do."""
        # As above.
        return self._firma_company().sudo().pa_firma_qualified_required

    def _reasons_qualified(self, facts):
        explain = self.env["pa.firma"]._explain
        if facts.get("qualified") is not True:
            told = [item for item in facts.get("warnings", ()) if item["code"] in ("not_qualified", "qualified_declared")]
            why = "; ".join(explain(item) for item in told) or self.env._("its certificate does not declare itself qualified")
            return [self.env._("A qualified signature is required, and this one is not: %s", why)]
        if not facts.get("qscd"):
            return [self.env._("A qualified signature is required: this key is not in a qualified device (card, token or remote).")]
        return []


class PaAttoPasso(models.Model):
    _name = "pa.atto.passo"
    _inherit = ["pa.atto.passo", "pa.firma.base"]

    def _firma_wants_qualified(self):
        # As above.
        return super()._firma_wants_qualified() or self.sudo().tipo_id.firma_qualified
