import hashlib
import time

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.renderer import render_pdf
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..tools import parallel
from ..tools.transaction import own_transaction

BATCH = 20  # documents for each core, committed together
SECONDS = 240  # of work for each run of the cron
_FONTS = {
    "pa:regular.ttf": "web/static/fonts/lato/Lato-Reg-webfont.ttf",
    "pa:bold.ttf": "web/static/fonts/lato/Lato-Bol-webfont.ttf",
    "pa:italic.ttf": "web/static/fonts/lato/Lato-RegIta-webfont.ttf",
}


class PaFirmaRiverifica(models.Model):
    """The work, in batches: whoever stops it in the middle loses one batch, and the next run goes on from there."""

    _inherit = "pa.firma.riverifica"

    @api.model
    def _cron_verify(self):
        """Go on with what is under way, for some minutes; then leave the rest to the next run."""
        begun, ids = time.monotonic(), self.search([("state", "=", "running")], order="id").ids
        for record_id in ids:
            while time.monotonic() - begun < SECONDS and self._verify_batch(record_id):
                continue
        if self.search_count([("state", "=", "running")], limit=1):
            with own_transaction(self.env) as env:
                env.ref("pa_firma.cron_riverifica")._trigger()

    @api.model
    def _verify_batch(self, record_id):
        """Verify some files and record them; False when there was nothing left to do."""
        record = self.browse(record_id)
        record = record.with_context(lang=record.user_id.lang)  # words are kept as they were written
        if record.state != "running":
            return False
        vals = [record._line(*item) for item in record._verified(record._files(BATCH * parallel.WORKERS))]
        with own_transaction(self.env) as env:
            record = env[self._name].browse(record_id)
            if vals:
                sealed_create(env["pa.firma.riverifica.riga"], vals)
            else:
                record._end()
        return bool(vals)

    def _verified(self, files):
        """(file, report, seconds) of each file; what the authorities say of the certificates that are met counts too."""
        Revoca = self.env["pa.firma.revoca"]
        jobs = [(file, self._job(file)) for file in files]
        if not Revoca._online():
            return parallel.verify_many(jobs)
        known = Revoca._recent()
        first = parallel.verify_many([(file, given | {"evidence": known, "chains": True}) for file, given in jobs])
        chains = {tuple(chain["certs"]): chain for _file, report, _s in first for chain in report.pop("chains", [])}
        more = {"certs": [], "ocsps": [], "crls": []}
        for chain in chains.values():  # one by one: each certificate of a year is asked about once
            for kind, items in self.env["pa.firma.verifica"]._more([chain], self.company_id).items():
                more[kind] += [item for item in items if item not in known[kind] and item not in more[kind]]
        if not any(more.values()):
            return first
        both = {kind: known[kind] + items for kind, items in more.items()}
        again = parallel.verify_many([(file, given | {"evidence": both}) for file, given in jobs])
        return [(file, report, one + two) for (file, _r, one), (_f, report, two) in zip(first, again, strict=True)]

    def _files(self, limit):
        """Signed files of the year not verified yet: documents of acts, those of other records, what was made to keep these."""
        self.ensure_one()
        last = self.env["pa.firma.riverifica.riga"]._read_group(
            [("riverifica_id", "=", self.id)], [], ["documento_id:max", "firma_id:max", "durata_id:max"]
        )[0]
        year, company = ("signed_year", "=", self.year), ("company_id", "=", self.company_id.id)
        Firma, files = self.env["pa.firma"], []
        firme = Firma._search([year, company, ("documento_id", "!=", False)])
        others = [year, company, ("attachment_id", "!=", False)]
        for model, domain, done in (
            ("pa.atto.documento", [company, "|", ("firma_ids", "in", firme), ("durata_id.firma_ids", "in", firme)], last[0]),
            ("pa.firma", others, last[1]),
            ("pa.firma.durata", [company, ("record_file_ids", "!=", False), ("firma_ids", "in", Firma._search(others))], last[2]),
        ):
            files += self.env[model].search([*domain, ("id", ">", done or 0)], order="id", limit=limit)
            if files and limit:
                break
        return files

    def _job(self, file):
        """Arguments of the verification; the file is read as it is, whatever its hash."""
        given = {"data": self._raw(file.attachment_id), **self.env["pa.firma.ancora"]._trust(self.company_id)}
        original = file._known_original() if file._name == "pa.atto.documento" else None
        if original:
            try:
                given["original"] = file._signed_in_me(original)
            except UserError:  # what was signed is itself altered: its own line says it, this file is judged by itself
                return given
        return given

    def _raw(self, attachment):
        return attachment.with_context(bin_size=False).raw or b"" if attachment else b""

    def _line(self, file, report, seconds):
        is_document = file._name == "pa.atto.documento"
        firme = file.firma_ids or file.durata_id.firma_ids if is_document else file if file._name == "pa.firma" else file.firma_ids
        recorded = file._recorded_sha256(report["sha256"]) if file._name == "pa.firma" else file.sha256
        signed = file if file._name == "pa.firma" else file.firma_ids
        verdicts = set(signed.mapped("verdict")) or {"valid"}
        old = next(v for v in ("not_valid", "undetermined", "valid") if v in verdicts)
        empty = report["sha256"] == hashlib.sha256(b"").hexdigest()
        altered = recorded and recorded != report["sha256"]
        outcome = "missing" if empty else "altered" if altered else "same" if old == report["verdict"] else "changed"
        return {
            "riverifica_id": self.id,
            "documento_id": file.id if is_document else False,
            "firma_id": file.id if file._name == "pa.firma" else False,
            "durata_id": file.id if file._name == "pa.firma.durata" else False,
            "name": file.name if is_document else file.attachment_id.name or file.display_name or "",
            "signers": ", ".join(dict.fromkeys(filter(None, firme.mapped("signer")))),
            "sha256": recorded,
            "sha256_found": False if empty else report["sha256"],
            "old_verdict": old,
            "new_verdict": "not_valid" if altered else report["verdict"],
            "outcome": outcome,
            "reasons": self.env["pa.firma.riverifica.riga"]._words(outcome, {} if empty else report),
            "weaknesses": self._weaknesses(report),
            "seconds": seconds,
        }

    def _weaknesses(self, report):
        explain = self.env["pa.firma"]._explain
        warnings = [*report["warnings"], *(w for facts in report["signatures"] for w in facts["warnings"])]
        return "\n".join(dict.fromkeys(explain(item) for item in warnings)) or False

    def _end(self):
        sealed_write(self, {"state": "done", "ended": fields.Datetime.now()})
        for user in (self.user_id | self.company_id._pa_firma_keepers()[:1]).filtered("active"):
            if self.with_user(user).has_access("read"):
                record = self.with_context(lang=user.lang, mail_activity_quick_update=True)
                counts = {"count": self.attention_count, "total": self.done_count}
                text = record.env._("%(count)s of %(total)s signed documents to be looked at", **counts)
                record.activity_schedule("mail.mail_activity_data_todo", summary=text, user_id=user.id)

    def _report_pdf(self):
        lines = self.riga_ids.filtered(lambda r: (r.outcome, r.new_verdict) != ("same", "valid"))
        html = self.env["ir.qweb"]._render(
            "pa_firma.report_riverifica", {"record": self, "lines": lines}, minimal_qcontext=True
        )
        return render_pdf(str(html), {url: (file_open(path, "rb").read(), "font/ttf") for url, path in _FONTS.items()})
