from odoo import models


class PaFirmaBase(models.AbstractModel):
    """Whose signature it is: of this very person, and never of a body."""

    _inherit = "pa.firma.base"

    def _reasons_report(self, report):
        added = self.env["pa.firma"]._added(report) if report.get("signatures") else []
        return self._reasons_seal(added) or super()._reasons_report(report)

    def _reasons_seal(self, added):
        """An electronic seal says from which body a document comes: nobody signs with it (eIDAS art. 35)."""
        seals = [facts["signer"] for facts in added if facts.get("seal")]
        return [self.env._("It is the seal of %s: here a person signs.", seals[0])] if seals else []

    def _reasons_signer(self, facts):
        """Reasons why one verified signature is not of the current user."""
        if reasons := self._reasons_seal([facts]):
            return reasons
        user = self.env.user
        if user.pa_codice_fiscale and facts["codice_fiscale"] == user.pa_codice_fiscale:
            return []
        return [
            self.env._(
                "The signature is of %(signer)s, not of %(who)s (%(cf)s).",
                signer=" ".join(filter(None, (facts["signer"], facts["codice_fiscale"]))),
                who=user.name,
                cf=user.pa_codice_fiscale or self.env._("without codice fiscale"),
            )
        ]
