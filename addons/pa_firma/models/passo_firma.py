from contextlib import closing

from odoo import models
from odoo.exceptions import AccessError, UserError


class PaAttoPasso(models.Model):
    """Making, or receiving, the signature of a step. Runs before the step's own transaction."""

    _name = "pa.atto.passo"
    _inherit = ["pa.atto.passo", "pa.firma.base"]

    def action_open_firma(self):
        """Open the signing dialog."""
        self.ensure_one()
        self._check_firma_possible()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign"),
            "res_model": "pa.firma.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_passo_id": self.id, "dialog_size": "extra-large"},
        }

    def action_sign(self, dispositivo_id, password, outcome="done", reason=False, otp="", account_password=""):
        """Sign the step's document with a key file, a token or a remote service, and complete the step.

        :param password: of the key file, or PIN of the token or of the remote credential; used now, neither stored nor
            logged, as `otp` and `account_password` of the remote service
        """
        self.ensure_one()
        dispositivo = self.env["pa.firma.dispositivo"].browse(dispositivo_id)
        self._check_firma_possible()
        dispositivo.check_access("read")
        with closing(dispositivo._open(password, otp, account_password)) as signer:
            request = self._firma_made(dispositivo, signer)
        return self._firma_use(request, outcome, reason)

    def action_sign_uploaded(self, datas, outcome="done", reason=False):
        """Complete the step with a file signed elsewhere: exactly its document, with this person's signature added.

        :param datas: base64 of the signed PDF
        """
        self.ensure_one()
        self._check_firma_possible()
        data = self._firma_uploaded(datas)
        base = self._firma_base()
        given = base._bytes()
        self.env["pa.firma.richiesta"]._obtain(
            self, "elsewhere", base.sha256, lambda: self._firma_checked(data, given)
        )
        return self.action_complete(outcome, reason)

    def _firma_check_now(self):
        self._check_firma_possible()

    def _firma_given(self):
        return self._firma_base()._bytes()

    def _firma_made_here(self):
        # Whatever anybody uploaded as signed elsewhere counts; only yes or no comes of it.
        uploaded = [("atto_id", "=", self.atto_id.id), ("kind", "=", "elsewhere"), ("state", "=", "used")]
        return not self.env["pa.firma.richiesta"].sudo().search_count(uploaded, limit=1)

    def _firma_says(self):
        return self._signature_request(
            self.name, self.company_id, self._capacity_of(self.env.user), self.documento_id.sha256
        )

    def _firma_use(self, request, outcome="", reason=False):
        # where nothing is said (libro firma) a visa is favourable
        return self.action_complete(outcome or ("favorevole" if self.kind == "visto" else "done"), reason)

    def _check_firma_possible(self):
        """Raise with the reasons why this person cannot sign this step now."""
        self.ensure_one()
        self.check_access("read")
        if not self._takes_digital_signature():
            raise UserError(self.env._("Step %s takes no digital signature.", self.name))
        reasons = self._check_can_act()
        if reasons:
            raise AccessError("\n".join(reasons))
        if not self.documento_id or self.documento_id.superseded:
            raise UserError(self.env._("Step %s has no document to sign.", self.name))
        if not self.env.user.pa_codice_fiscale:
            raise UserError(self.env._("Your codice fiscale is missing: ask the administrator to enter it."))
