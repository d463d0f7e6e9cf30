from datetime import timezone

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write

from ..tools import listed
from ..tools.long_term import LEVELS as ORDER
from ..tools.long_term import last_stamp, obstacle
from .livello import LEVELS


class PaFirmaDurata(models.Model):
    """A signed document over time, of an act or of any other record: which file of it is the latest, until when its signatures
    can be proved."""

    _name = "pa.firma.durata"
    _description = "Signatures kept over time"
    _inherit = ["pa.sigillo.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "archive_until, id"
    _rec_name = "documento_id"

    _create_only_sealed = True

    documento_id = fields.Many2one("pa.atto.documento", "Latest file", ondelete="restrict", index=True)
    origin_id = fields.Many2one("pa.atto.documento", "Document signed", ondelete="restrict")
    atto_id = fields.Many2one(related="documento_id.atto_id", store=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, readonly=False, index=True)
    firma_ids = fields.One2many("pa.firma", "durata_id", "Signatures", readonly=True)
    file_ids = fields.One2many("pa.atto.documento", "durata_id", "Files, one from the other", readonly=True)
    wanted_level = fields.Selection(LEVELS, "Level wanted", required=True)
    level = fields.Selection(LEVELS)
    state = fields.Selection(
        [
            ("queued", "To be extended"),
            ("waiting", "Waits for the other signatures"),
            ("failing", "Will be tried again"),
            ("done", "Kept"),
            ("off", "Not extended"),
        ],
        required=True,
        default="queued",
        index=True,
    )
    archive_until = fields.Datetime("Archive timestamp until", index="btree_not_null", help="When its authority's certificate expires.")
    archive_digest = fields.Char("Digest of the archive timestamp")
    archive_key = fields.Char("Key of the archive timestamp")
    next_try = fields.Datetime()
    attempts = fields.Integer()
    failing_since = fields.Datetime()
    error_code = fields.Char()
    error_detail = fields.Char()
    error = fields.Char("Why not yet", compute="_compute_error")

    _one_per_document = models.Constraint("UNIQUE (origin_id)", "This document is already kept.")

    def _frozen_fields(self):
        return {name for name, field in self._fields.items() if not name.startswith(("activity_", "message_"))}

    def _check_unlink_allowed(self):
        return [self.env._("What keeps signatures over time stays on record.")]

    @api.depends("documento_id.company_id")
    def _compute_company_id(self):
        for durata in self:
            durata.company_id = durata.documento_id.company_id or durata.company_id

    @api.depends("error_code", "error_detail")
    @api.depends_context("lang")
    def _compute_error(self):
        for durata in self:
            durata.error = self._words(durata.error_code, durata.error_detail) if durata.error_code else False

    @api.model
    def _words(self, code, detail):
        """Why a file is not at its level yet, in the reader's language."""
        words = {
            "not_pdf": self.env._("Only signatures in PDF documents and in .p7m envelopes that hold their document are extended."),
            "revocation_missing": self.env._("The authority does not say yet that the certificate was good: %s", detail),
            "revoked": self.env._("A certificate was revoked before the proved time: %s", detail),
            "expired": self.env._("It is too late, a certificate has expired: %s", detail),
            "untrusted": self.env._("The authority of a certificate is not trusted: %s", detail),
            "timestamp": self.env._("The timestamp authority does not answer."),
            "no_authority": self.env._("No timestamp authority is set."),
            "no_gain": self.env._("The timestamp authority still uses the certificate that is about to expire."),
            "bytes": self.env._("The stored bytes do not match their hash."),
        }
        return words.get(code) or self.env._("It cannot be extended: %s", detail)

    @api.model
    def _follow(self, documento, report, *, as_it_is=False):
        """Keep this signed file from now on, in place of the one that it was made from.

        :param as_it_is: signed before there was a level to reach: nothing is added to it unless somebody asks
        """
        origin = documento.derived_from_id or documento
        atto = documento.atto_id.sudo()  # the type's and the body's configuration hold for everybody
        wanted = False if as_it_is else atto.tipo_id.firma_level or atto.company_id.pa_firma_level
        vals = {"documento_id": documento.id}
        vals |= self._begin_vals(report, wanted, documento.company_id, documento.sudo()._bytes)  # its own file
        durata = self._begun({"origin_id": origin.id}, vals)
        sealed_write(documento.sudo(), {"durata_id": durata.id})  # written by the procedure
        return durata

    @api.model
    def _begun(self, key, vals):
        """What keeps the document that this key tells, created or begun again with these values."""
        # Kept by the procedure: users have no right to write here.
        durata = self.sudo().search([(name, "=", value) for name, value in key.items()])
        if durata:
            sealed_write(durata, vals)
        else:
            durata = sealed_create(self.sudo().with_context(tracking_disable=True), [{**key, **vals}])  # as above
        if durata.state == "queued":
            self.env.ref("pa_firma.cron_durata").sudo()._trigger()  # as above
        return durata

    @api.model
    def _begin_vals(self, report, wanted, company, read):
        """Values of a file that was just signed.

        :param wanted: the level to reach; False to leave it as it is
        :param read: callable that gives its bytes
        """
        level = self._level_of(report)
        wanted = wanted or level
        vals = {
            "level": level, "wanted_level": wanted, "state": "done", "error_code": False, "error_detail": False, "attempts": 0,
            "failing_since": False, "next_try": False,
            **self._stamp_vals(level, company, read),
        }  # fmt: skip
        if ORDER.index(wanted) <= ORDER.index(level) or (wanted == "B-T" and not self._tsa()):
            return vals
        if obstacle(read()):
            return vals | {"state": "off", "error_code": "not_pdf"}
        return vals | {"state": "queued", "next_try": fields.Datetime.now()}

    @api.model
    def _stamp_vals(self, level, company, read):
        """Until when the last archive timestamp holds (a file signed elsewhere may come with one)."""
        stamp = None
        if level == "B-LTA" and not obstacle(data := read()):
            anchors, lists = self._trusted(company)
            stamp = last_stamp(data, anchors, lists=lists)
        return self._vals_of(stamp)

    @api.model
    def _vals_of(self, stamp):
        if not stamp:
            return {"archive_until": False, "archive_digest": False, "archive_key": False}
        end = stamp.until.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        return {"archive_until": end, "archive_digest": stamp.digest, "archive_key": stamp.key}

    @api.model
    def _trusted(self, company):
        """(anchors, trusted lists) as `tools.long_term` wants them."""
        trust = self.env["pa.firma.ancora"]._trust(company)
        return trust["trust"], [listed.load(item.read()) for item in trust["accepted_lists"]]

    @api.model
    def _level_of(self, report):
        """The level that every signature of the file has at least."""
        found = [s["level"] for s in report["signatures"] if s["format"] != "DocTimeStamp"]
        return min((level if level in ORDER else "B-B" for level in found), key=ORDER.index, default="B-B")

    @api.model
    def _tsa(self):
        # The authority's address is configuration, which users do not read.
        return self.env["ir.config_parameter"].sudo().get_param("pa_firma.tsa_url") or ""

    def action_try_now(self):
        """Put what was not extended yet at the head of the queue."""
        self.check_access("read")
        self._check_keeper()
        pending = self.filtered(lambda d: d.state in ("queued", "waiting", "failing"))
        for durata in pending.sudo():  # written by the procedure, asked by who may
            sealed_write(durata, {"next_try": fields.Datetime.now()})
        self.env.ref("pa_firma.cron_durata").sudo()._trigger()  # as above
        return True

    def action_extend(self):
        """Bring documents signed earlier to the level that is wanted today."""
        self.check_access("read")
        self._check_keeper()
        for durata in self.sudo():  # written by the procedure, asked by who may
            wanted = durata._wanted_today()
            if ORDER.index(wanted) > ORDER.index(durata.level or "B-B") and durata.state in ("done", "failing"):
                vals = {"wanted_level": wanted, "state": "queued", "next_try": fields.Datetime.now()}
                sealed_write(durata, vals)
        self.env.ref("pa_firma.cron_durata").sudo()._trigger()  # as above
        return True

    def _wanted_today(self):
        return self.atto_id.tipo_id.firma_level or self.company_id.pa_firma_level

    def _check_keeper(self):
        if not self.env.user.has_group("pa_atti.group_segreteria"):
            self.env["res.company"].check_access("write")
