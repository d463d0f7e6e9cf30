from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import sign_timestamp
from ..tools.errors import FirmaError
from ..tools.transaction import leave
from .per_sempre import for_good


class PaAttoDocumento(models.Model):
    """Detached timestamps: when a document is proved to have existed, in a file beside it (.tsr, RFC 3161)."""

    _inherit = "pa.atto.documento"

    can_timestamp = fields.Boolean(compute="_compute_can_timestamp")

    @api.depends("kind", "atto_id")
    @api.depends_context("uid")
    def _compute_can_timestamp(self):
        # The address is configuration, which users do not read.
        address = self.env["ir.config_parameter"].sudo().get_param("pa_firma.tsa_url")
        for documento in self:
            documento.can_timestamp = bool(address) and not documento._reasons_timestamp()

    def _reasons_timestamp(self):
        """Reasons why the current user cannot have this document timestamped (an authority may be paid by the timestamp)."""
        self.ensure_one()
        if self.kind == "marca":
            return [self.env._("A timestamp is not stamped again here.")]
        atto, user = self.atto_id, self.env.user
        if not user.has_group("pa_atti.group_operatore"):
            return [self.env._("You only consult acts.")]
        if not (atto.in_my_offices or atto.waiting_for_me or user.has_group("pa_atti.group_segreteria")):
            return [self.env._("Documents are timestamped by the act's office, by who has a step of it, by the secretariat.")]
        return []

    def action_timestamp(self):
        """Have this document timestamped, once, and show what it proves."""
        self.ensure_one()
        self.check_access("read")
        if reasons := self._reasons_timestamp():
            raise UserError("\n".join(reasons))
        if not self._timestamps():
            raw, name, digest = self._timestamp_made(self._bytes()), f"{self.name}.tsr", self.sha256
            # For good, whatever happens later to the caller: the authority is not asked twice for the same bytes.
            for_good(self.env, lambda env: env[self._name].browse(self.id)._timestamp_store(raw, name, digest))
        return self.action_verify()

    def _timestamps(self):
        # Whoever reads a document reads when it is proved to have existed.
        return self.sudo().search([("derived_from_id", "=", self.id), ("kind", "=", "marca")], order="id")

    def _timestamp_made(self, data):
        """The authority's answer, verified."""
        # The address is configuration, which users do not read.
        address = self.env["ir.config_parameter"].sudo().get_param("pa_firma.tsa_url") or ""
        leave(self.env)
        try:
            raw = sign_timestamp.make_timestamp(data, address)
        except FirmaError as error:
            if error.code == "no_authority":
                raise UserError(self.env._("No timestamp authority is configured: Settings / Digital signature.")) from None
            raise UserError(self.env["pa.firma.dispositivo"]._message(error)) from None
        report = self.env["pa.firma.verifica"]._report(self.company_id, raw, original=data)
        if report["verdict"] != "valid":
            details = "; ".join(self.env["pa.firma"]._explain(reason) for reason in report["reasons"])
            raise UserError(self.env._("The timestamp is not accepted: %s", details))
        return raw

    def _timestamp_store(self, raw, name, digest):
        self.atto_id._lock()
        if digest != self.sha256 or self._timestamps():  # somebody else was quicker
            return
        self._store(
            self.atto_id, "marca", name, raw, "application/timestamp-reply", derived_from_id=self.id, visibility=self.visibility
        )
        self.atto_id._notify_change()


class PaAtto(models.Model):
    _inherit = "pa.atto"

    def _supersede_documents(self):
        """A timestamp follows the document that it is of: attachments stay in force, and so do theirs."""
        result = super()._supersede_documents()
        stamps = self.sudo().documento_ids.filtered(lambda d: d.kind == "marca" and d.superseded)  # the procedure's record
        if kept := stamps.filtered(lambda d: not d.derived_from_id.superseded):
            sealed_write(kept, {"superseded": False})
        return result
