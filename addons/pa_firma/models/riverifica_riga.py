from odoo import api, fields, models

from .riverifica import VERDICTS


class PaFirmaRiverificaRiga(models.Model):
    """One signed file verified again."""

    _name = "pa.firma.riverifica.riga"
    _description = "Documents verified"
    _inherit = ["pa.sigillo.mixin"]
    _order = "riverifica_id desc, id"

    _create_only_sealed = True

    riverifica_id = fields.Many2one("pa.firma.riverifica", "Verification", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="riverifica_id.company_id", store=True, index=True)
    documento_id = fields.Many2one("pa.atto.documento", "Document", ondelete="restrict", index=True)
    firma_id = fields.Many2one("pa.firma", "Signature", ondelete="restrict", index=True, help="Of a record that is not an act.")
    durata_id = fields.Many2one("pa.firma.durata", "File kept over time", ondelete="restrict", index="btree_not_null")
    atto_id = fields.Many2one(related="documento_id.atto_id", store=True, index=True)
    name = fields.Char("File", required=True)
    signers = fields.Char()
    sha256 = fields.Char("SHA-256 recorded")
    sha256_found = fields.Char("SHA-256 found")
    old_verdict = fields.Selection(VERDICTS, "Verdict recorded")
    new_verdict = fields.Selection(VERDICTS, "Verdict today", required=True)
    outcome = fields.Selection(
        [
            ("same", "As recorded"),
            ("changed", "Different verdict"),
            ("altered", "The file was altered"),
            ("missing", "The file is missing"),
        ],
        required=True,
    )
    reasons = fields.Text()
    weaknesses = fields.Text()
    seconds = fields.Float(aggregator="avg")
    date = fields.Datetime("Verified on", default=fields.Datetime.now)

    _once_document = models.UniqueIndex("(riverifica_id, documento_id) WHERE documento_id IS NOT NULL")
    _once_file = models.UniqueIndex("(riverifica_id, firma_id) WHERE firma_id IS NOT NULL")
    _once_kept = models.UniqueIndex("(riverifica_id, durata_id) WHERE durata_id IS NOT NULL")

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Verifications stay on record.")]

    @api.model
    def _words(self, outcome, report):
        """Why a verdict is not good, so that an office understands what happened and what can be done."""
        lines = {
            "altered": [self.env._("The bytes are not those that were recorded (the SHA-256 is another one): recover the file from a backup or from preservation.")],
            "missing": [self.env._("The file is no longer in the archive: recover it from a backup or from preservation.")],
        }.get(outcome, [])  # fmt: skip
        for reason in report.get("reasons", []):
            text = self._word(reason["code"]) or self.env["pa.firma"]._explain(reason)
            if text not in lines:
                lines.append(text)
        return "\n".join(lines) or False

    @api.model
    def _word(self, code):
        return {
            "expired": self.env._("The certificate has expired (or was not valid yet) and no timestamp that still holds proves that it signed in time."),
            "revoked": self.env._("The certificate was revoked or suspended before the time that is proved."),
            "untrusted": self.env._("The authority of the certificate, or of the timestamp, is no longer among those that are trusted."),
            "altered": self.env._("The content is not the one that was signed."),
            "changed": self.env._("The document was changed after the signature."),
            "weak_algorithm": self.env._("The signature rests on an algorithm that no longer holds, and nothing proves that it was made in time."),
            "limits": self.env._("The verification asked for too much time or memory: verify the document by itself."),
            "isolation": self.env._("The verification was interrupted: verify the document by itself."),
        }.get(code)  # fmt: skip
