from markupsafe import Markup

from odoo import api, fields, models


class PaFirmaVerdetto(models.TransientModel):
    """The outcome of a verification, to be read."""

    _name = "pa.firma.verdetto"
    _description = "Verdict on a document"

    documento_id = fields.Many2one("pa.atto.documento", readonly=True)
    report = fields.Json(readonly=True)
    verdict = fields.Selection(
        [("valid", "Valid"), ("not_valid", "Not valid"), ("undetermined", "Cannot be determined")],
        compute="_compute_verdict",
    )
    body = fields.Html(compute="_compute_verdict", sanitize=True)

    @api.depends("report")
    def _compute_verdict(self):
        for wizard in self:
            report = wizard.report or {}
            wizard.verdict = report.get("verdict") or "undetermined"
            wizard.body = wizard._render_body(report)

    def _render_body(self, report):
        explain = self.env["pa.firma"]._explain
        parts = [Markup("<li>%s</li>") % explain(reason) for reason in report.get("reasons", [])]
        body = Markup("<ul>%s</ul>") % Markup("").join(parts) if parts else Markup("")
        for facts in report.get("signatures", []):
            rows = [Markup("<tr><th>%s</th><td>%s</td></tr>") % pair for pair in self._rows(facts) if pair[1]]
            body += Markup("<h3>%s</h3><table class='table table-sm'>%s</table>") % (
                facts.get("signer") or facts.get("field") or "",
                Markup("").join(rows),
            )
        return body

    def _rows(self, facts):
        explain = self.env["pa.firma"]._explain
        timestamp = facts.get("timestamp") or {}
        verdicts = dict(self._fields["verdict"]._description_selection(self.env))
        return [
            (self.env._("Verdict"), verdicts.get(facts.get("verdict"))),
            (self.env._("Codice fiscale"), facts.get("codice_fiscale")),
            (self.env._("Format"), f"{facts['format']} {facts['level']}"),
            (self.env._("Certificate"), facts.get("issuer")),
            (self.env._("Signed on"), facts.get("signing_time")),
            (self.env._("Timestamp"), " ".join(filter(None, (timestamp.get("time"), timestamp.get("authority"))))),
            (self.env._("Covers the whole file"), self.env._("Yes") if facts.get("covers_whole_file") else self.env._("No, others signed after")),
            (self.env._("Notes"), "; ".join(explain(warning) for warning in facts.get("warnings") or [])),
        ]
