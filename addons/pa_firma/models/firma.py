from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create

from ..tools import words


class PaFirma(models.Model):
    """One signature as it was verified: who, with which certificate, when, with which verdict (art. 20, 21, 24 CAD)."""

    _name = "pa.firma"
    _description = "Signatures"
    _inherit = ["pa.sigillo.mixin", "pa.firma.di.record"]
    _order = "id"
    _rec_name = "signer"

    _create_only_sealed = True

    documento_id = fields.Many2one("pa.atto.documento", "Signed document", ondelete="restrict", index=True)
    res_model = fields.Char("Model", help="Of the record that was signed, when it is not a document of an act.")
    res_id = fields.Many2oneReference("Record", model_field="res_model", index=True)
    attachment_id = fields.Many2one("ir.attachment", "Signed file", ondelete="restrict", index="btree_not_null")
    atto_id = fields.Many2one(related="documento_id.atto_id", store=True, index=True)
    company_id = fields.Many2one("res.company")
    passo_id = fields.Many2one("pa.atto.passo", "Step", ondelete="restrict", index=True)
    user_id = fields.Many2one("res.users", "Person", ondelete="restrict", index=True)
    capacity = fields.Char("In the capacity of")
    format = fields.Char()
    level = fields.Char()
    signer = fields.Char()
    codice_fiscale = fields.Char()
    organization = fields.Char()
    issuer = fields.Char()
    serial = fields.Char("Certificate no.")
    certificate_sha256 = fields.Char("Certificate SHA-256")
    not_before = fields.Datetime("Certificate from")
    not_after = fields.Datetime("Certificate until")
    qualified = fields.Boolean(help="Confirmed by a trusted list.")
    qualified_by = fields.Char("Qualified by", help="List and provider that say whether it is qualified.")
    qualified_declared = fields.Boolean("Declared qualified", help="What the certificate says of itself.")
    signing_time = fields.Datetime("Signed on", help="As the signer's computer says.")
    timestamp_time = fields.Datetime("Timestamp", help="As a timestamp authority proves.")
    timestamp_authority = fields.Char()
    verdict = fields.Selection(
        [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")], required=True
    )
    weaknesses = fields.Text()
    verified_on = fields.Datetime(default=fields.Datetime.now)

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Signatures stay on record.")]

    @api.model
    def _record(self, documento, passo, report):
        """Keep the signature that this step added to a verified document."""
        return self._keep(
            report,
            documento_id=documento.id,
            passo_id=passo.id,
            capacity=passo.done_as,
            company_id=documento.company_id.id,
        )

    @api.model
    def _keep(self, report, **vals):
        facts = self._added(report)[0]
        timestamp = facts["timestamp"] or {}
        names = (
            "format", "level", "signer", "codice_fiscale", "organization", "issuer", "serial", "certificate_sha256",
            "qualified", "qualified_by", "qualified_declared", "verdict",
        )  # fmt: skip
        vals |= {name: facts[name] for name in names}
        for name in ("not_before", "not_after", "signing_time"):
            vals[name] = _utc(facts[name])
        vals |= {
            "user_id": self.env.uid,
            "timestamp_time": _utc(timestamp.get("time")),
            "timestamp_authority": timestamp.get("authority"),
            "weaknesses": "\n".join(self._explain(warning) for warning in facts["warnings"]) or False,
        }
        # Signatures are recorded by the procedure: nobody has the right to create one.
        return sealed_create(self.sudo(), [vals])


    @api.model
    def _added(self, report):
        """The signatures that a verified file holds besides those of the document it was given."""
        return [s for s in report["signatures"] if s.get("added") and s["format"] != "DocTimeStamp"]

    @api.model
    def _explain(self, reason):
        """A reason of a verification report, in words that an office understands."""
        italian = (self.env.lang or "").startswith("it")
        return (words.REASONS_IT.get(reason["code"]) if italian else None) or reason["detail"]


def _utc(text):
    if not text:
        return False
    value = datetime.fromisoformat(text)
    return value.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
