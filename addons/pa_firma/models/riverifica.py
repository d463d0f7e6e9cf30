from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError

VERDICTS = [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")]
OUTCOMES = ("same", "changed", "altered", "missing")


class PaFirmaRiverifica(models.Model):
    """All the signed documents of a year verified again, and what was found, beside what was recorded when they were signed."""

    _name = "pa.firma.riverifica"
    _description = "Verification of a year"
    _inherit = ["pa.sigillo.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    year = fields.Integer(required=True, default=lambda self: today().year - 1)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    state = fields.Selection(
        [("draft", "To be started"), ("running", "Under way"), ("done", "Done"), ("stopped", "Stopped")],
        required=True,
        default="draft",
    )
    user_id = fields.Many2one("res.users", "Started by", ondelete="restrict")
    started = fields.Datetime()
    ended = fields.Datetime()
    total = fields.Integer("Documents", help="Signed files of the year when it was started.")
    riga_ids = fields.One2many("pa.firma.riverifica.riga", "riverifica_id", "Documents verified", readonly=True)
    done_count = fields.Integer("Verified", compute="_compute_counts")
    valid_count = fields.Integer("Still valid", compute="_compute_counts")
    attention_count = fields.Integer("To be looked at", compute="_compute_counts")
    changed_count = fields.Integer("Different verdict", compute="_compute_counts")
    altered_count = fields.Integer("Altered or missing", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    seconds = fields.Float("Seconds per document", compute="_compute_counts")
    report_id = fields.Many2one("ir.attachment", ondelete="restrict")

    _year = models.Constraint("CHECK (year BETWEEN 1997 AND 2200)", "The year is not one in which documents are signed digitally.")

    def _sealed_initial(self):
        return {
            "state": "draft", "user_id": False, "started": False, "ended": False, "total": 0, "report_id": False,
            "riga_ids": False,
        }  # fmt: skip

    def _frozen_fields(self):
        return set() if self.state == "draft" else {"year", "company_id"}

    def _check_unlink_allowed(self):
        return [] if self.state == "draft" else [self.env._("Verifications stay on record.")]

    @api.depends("year", "company_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = self.env._("Verification of the year %s", record.year)

    @api.depends("riga_ids", "total")
    def _compute_counts(self):
        Riga = self.env["pa.firma.riverifica.riga"]
        for record in self:
            groups = Riga._read_group([("riverifica_id", "=", record.id)], ["outcome", "new_verdict"], ["__count", "seconds:sum"])
            record.done_count = sum(count for *_names, count, _seconds in groups)
            record.valid_count = sum(count for _o, verdict, count, _s in groups if verdict == "valid")
            record.changed_count = sum(count for outcome, _v, count, _s in groups if outcome == "changed")
            record.altered_count = sum(count for outcome, _v, count, _s in groups if outcome in ("altered", "missing"))
            record.attention_count = sum(count for o, v, count, _s in groups if (o, v) != ("same", "valid"))
            record.progress = 100 * record.done_count / record.total if record.total else 0
            record.seconds = sum(item[3] for item in groups) / record.done_count if record.done_count else 0

    def action_start(self):
        """Begin, or go on after a stop; the work is done by the cron, in batches."""
        for record in self:
            record.check_access("write")
            if record.state not in ("draft", "stopped"):
                raise UserError(self.env._("%s is already under way or done.", record.display_name))
            vals = {"state": "running"}
            if record.state == "draft":
                # all the signed documents of the body, those that this person does not read among them
                total = len(record.sudo()._files(None))
                vals |= {"user_id": self.env.uid, "started": fields.Datetime.now(), "total": total}
            sealed_write(record, vals)
        self.env.ref("pa_firma.cron_riverifica").sudo()._trigger()  # whoever may start it wakes the cron
        return True

    def action_stop(self):
        """Stop after the batch that is under way; what was verified stays."""
        for record in self.filtered(lambda r: r.state == "running"):
            record.check_access("write")
            sealed_write(record, {"state": "stopped"})
        return True

    def action_lines(self):
        """The documents verified, to be searched and exported."""
        action = self.env["ir.actions.act_window"]._for_xml_id("pa_firma.action_riverifica_riga")
        context = {"search_default_attention": 1} if self.attention_count else {}
        return action | {"domain": [("riverifica_id", "in", self.ids)], "context": context}

    def action_report(self):
        """The report to keep, as PDF/A; made once, when everything was verified."""
        self.ensure_one()
        self.check_access("read")
        if self.state != "done":
            raise UserError(self.env._("The report is made when every document was verified."))
        # Whoever reads the verification reads its report; it is stored once, by the procedure.
        record = self.sudo()
        if not record.report_id:
            vals = {"name": f"{self.display_name}.pdf", "raw": record._report_pdf(), "mimetype": "application/pdf"}
            vals |= {"res_model": self._name, "res_id": self.id}
            sealed_write(record, {"report_id": sealed_create(self.env["ir.attachment"].sudo(), [vals]).id})
        return {"type": "ir.actions.act_url", "url": f"/web/content/{record.report_id.id}", "target": "new"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _pa_guarded_models(self):
        return super()._pa_guarded_models() | {"pa.firma.riverifica"}
