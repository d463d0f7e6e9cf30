from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write

ROME = ZoneInfo("Europe/Rome")


class PaFirma(models.Model):
    """The register of signatures: what is searched, grouped and counted."""

    _inherit = "pa.firma"

    durata_id = fields.Many2one("pa.firma.durata", "Kept by", ondelete="restrict", index="btree_not_null")
    kept_level = fields.Selection(related="durata_id.level", string="Level today", store=True)
    archive_until = fields.Datetime(related="durata_id.archive_until", store=True)
    tipo_id = fields.Many2one(related="atto_id.tipo_id", string="Type of act", store=True)
    department_id = fields.Many2one(related="atto_id.department_id", string="Office", store=True, index=True)
    number = fields.Char("Act no.", compute="_compute_number")
    signed_year = fields.Integer("Year", compute="_compute_signed_year", store=True, index=True, aggregator=None)
    proved_by = fields.Selection(
        [("timestamp", "Timestamp"), ("declared", "Declared by the signer only")],
        "How the time is proved",
        compute="_compute_proved_by",
        store=True,
    )

    @api.depends("timestamp_time")
    def _compute_proved_by(self):
        for firma in self:
            firma.proved_by = "timestamp" if firma.timestamp_time else "declared"

    @api.depends("timestamp_time", "signing_time", "verified_on")
    def _compute_signed_year(self):
        for firma in self:
            moment = firma.timestamp_time or firma.signing_time or firma.verified_on
            firma.signed_year = moment.replace(tzinfo=timezone.utc).astimezone(ROME).year if moment else 0

    def _compute_number(self):
        for firma in self:
            firma.number = firma.atto_id._number_text() if firma.atto_id else ""

    @api.model
    def _keep(self, report, **vals):
        firma = super()._keep(report, **vals)
        if firma.documento_id:
            durata = self.env["pa.firma.durata"]._follow(firma.documento_id, report)
            sealed_write(firma, {"durata_id": durata.id})
        return firma

    @api.model
    def _adopt(self, limit=200):
        """Signatures made before there was anything to keep them: kept from now on, at the level that they have."""
        Durata = self.env["pa.firma.durata"]
        wanting = [("durata_id", "=", False), "|", ("documento_id", "!=", False), ("attachment_id", "!=", False)]
        for firma in self.search(wanting, limit=limit, order="id"):
            report = {"signatures": [{"level": firma.level, "format": firma.format}]}
            if firma.documento_id:
                durata = Durata._follow(firma.documento_id, report, as_it_is=True)
            else:
                durata = firma._keep_record(report, firma._recorded_sha256(""), as_it_is=True)
            sealed_write(firma, {"durata_id": durata.id})

    def _recorded_sha256(self, found):
        """SHA-256 recorded when this record was signed; of several signatures by the same person, the one that was found."""
        self.ensure_one()
        signed = [("res_model", "=", self.res_model), ("res_id", "=", self.res_id), ("user_id", "=", self.user_id.id)]
        # Requests are the procedure's record.
        recorded = self.env["pa.firma.richiesta"].sudo().search([*signed, ("state", "=", "used")]).mapped("signed_sha256")
        return found if found in recorded else (recorded or [False])[0]
