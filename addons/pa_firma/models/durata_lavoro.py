import hashlib
import time

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import long_term, sandbox
from ..tools.errors import FirmaError
from ..tools.transaction import leave, own_transaction

BATCH = 100
SECONDS = 240  # of work for each run of the cron
LEASE_MINUTES = 15
PERMANENT = ("revoked", "expired", "unsupported", "unsigned", "no_certificate", "untrusted")


class PaFirmaDurata(models.Model):
    """The work: fetching and stamping happen outside transactions, each document by itself, as often as it takes."""

    _inherit = "pa.firma.durata"

    @api.model
    def _cron_keep(self):
        """Extend what waits, renew what is about to expire; what is left is for the next run."""
        with own_transaction(self.env) as env:
            env["pa.firma"]._adopt()
        begun, ids = time.monotonic(), self._due(BATCH).ids
        for durata_id in ids:
            self._attempt(durata_id)
            if time.monotonic() - begun > SECONDS:
                break
        if self._due(1):
            with own_transaction(self.env) as env:
                env.ref("pa_firma.cron_durata")._trigger()

    @api.model
    def _due(self, limit):
        ready = Domain("next_try", "=", False) | Domain("next_try", "<=", fields.Datetime.now())
        waiting = Domain("state", "in", ("queued", "waiting", "failing"))
        in_force = Domain("documento_id", "=", False) | Domain("documento_id.superseded", "=", False)
        domain = ready & in_force & (waiting | self._to_renew())
        return self.search(domain, limit=limit, order="next_try, archive_until, id")

    @api.model
    def _to_renew(self):
        """Archive timestamps near their end, or on algorithms that no longer hold."""
        now, found = fields.Datetime.now(), Domain.FALSE
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all  # bodies are few
            limit = fields.Datetime.add(now, days=company.pa_firma_renew_days)
            found |= Domain("company_id", "=", company.id) & Domain("archive_until", "<=", limit)
        kept = [("state", "=", "done"), ("archive_digest", "!=", False)]
        for digest, key in self._read_group(kept, ["archive_digest", "archive_key"]):
            if long_term.weak(digest, key):
                found |= Domain("archive_digest", "=", digest) & Domain("archive_key", "=", key)
        return Domain("state", "=", "done") & Domain("level", "=", "B-LTA") & found

    @api.model
    def _attempt(self, durata_id):
        """One document: claimed, worked on outside transactions, stored."""
        with own_transaction(self.env) as env:
            if not env[self._name].browse(durata_id)._claim():
                return
        durata = self.browse(durata_id)
        base = durata._latest()
        try:
            vals, data = durata._make()
        except (FirmaError, UserError) as error:
            with own_transaction(self.env) as env:
                env[self._name].browse(durata_id)._failed(error)
            return
        with own_transaction(self.env) as env:
            env[self._name].browse(durata_id)._store(env[base._name].browse(base.id), data, vals)

    def _claim(self):
        """Whether this document is to be worked on now, by this process."""
        self.ensure_one()
        now = fields.Datetime.now()
        if not self.try_lock_for_update() or (self.next_try and self.next_try > now):
            return False
        if self._signed_again_soon():
            sealed_write(self, {"state": "waiting", "next_try": fields.Datetime.add(now, hours=1)})
            return False
        vals = {"attempts": self.attempts + 1, "next_try": fields.Datetime.add(now, minutes=LEASE_MINUTES)}
        sealed_write(self, vals)
        return True

    def _make(self):
        """(values, bytes) of the next file; FirmaError or UserError when it cannot be made now."""
        self.ensure_one()
        given, origin, tsa = self._bytes(), self._origin_bytes(), self._tsa()
        level = "B-LTA" if self.level == "B-LTA" else self.wanted_level
        old = (self.archive_until, self.archive_digest, self.archive_key)
        anchors, lists = self._trusted(self.company_id)
        trust = self.env["pa.firma.ancora"]._trust(self.company_id)
        leave(self.env)  # no snapshot is held while others' servers answer
        data = long_term.extend(given, {}, anchors, "B-T", tsa, lists=lists)
        evidence = self._gather(data, anchors, lists) if level in ("B-LT", "B-LTA") else {}
        leave(self.env)
        data = long_term.extend(data, evidence, anchors, level, tsa, lists=lists)
        original = long_term.document_in(given, origin if data.startswith(origin) else given)
        report = sandbox.verify_document(data, original=original, **trust)
        self._check_made(report, level)
        return self._made_vals(long_term.last_stamp(data, anchors, lists=lists), report, *old), data

    def _gather(self, data, anchors, lists):
        """Revocation data for every certificate that wants it; issuers found on the way are looked up too."""
        found, asked, inside = {"certs": [], "ocsps": [], "crls": []}, set(), long_term.embedded_certificates(data)
        for _round in range(4):
            wanted = long_term.certificates_to_prove(data, anchors, certs=found["certs"], lists=lists)
            certs = [cert for cert in wanted if cert not in asked]
            if not certs:
                break
            asked |= set(certs)
            for name, items in self._evidence(certs, inside + found["certs"]).items():
                found[name] += items
        return found

    def _evidence(self, certs, issuers):
        """OCSP answers, CRLs and issuers' certificates, fetched by the guarded client."""
        Revoca = self.env["pa.firma.revoca"]
        found = Revoca._evidence(certs, issuers, self.company_id)
        return found | {"certs": [*found["certs"], *Revoca._issuers(certs)]} if not any(found.values()) else found

    def _check_made(self, report, level):
        if report["verdict"] != "valid" or report.get("matches_original") is not True:
            explain = self.env["pa.firma"]._explain
            detail = "; ".join(explain(reason) for reason in report["reasons"])
            raise FirmaError("not_valid", detail or "cannot be determined")
        reached = self._level_of(report)
        if long_term.LEVELS.index(reached) < long_term.LEVELS.index(level):
            raise FirmaError("level", f"{reached} instead of {level}")

    def _made_vals(self, stamp, report, until, digest, key):
        vals = self._vals_of(stamp)
        if stamp and until and vals["archive_until"] <= until and not long_term.weak(digest, key):
            raise FirmaError("no_gain", "The timestamp authority still uses the certificate that is about to expire.")
        return {"level": self._level_of(report), **vals}

    def _latest(self):
        """The latest file: a document of an act."""
        return self.documento_id

    def _bytes(self):
        return self.documento_id._bytes()

    def _origin_bytes(self):
        return self.origin_id._bytes()

    def _signed_again_soon(self):
        return self.documento_id._signed_again_soon()

    def _store(self, base, data, vals):
        """Make of the bytes the latest file, beside the earlier ones; nothing when somebody was quicker."""
        if self._latest() != base or self._signed_again_soon():
            return
        done = {"state": "done", "error_code": False, "error_detail": False, "attempts": 0, "failing_since": False}
        sealed_write(self, {**self._stored(base, data), "next_try": self._not_before(vals), **done, **vals})
        self.activity_ids.unlink()

    def _stored(self, base, data):
        """The file made of these bytes: which values tell it."""
        documento = base
        if hashlib.sha256(data).hexdigest() != base.sha256:
            documento = self.env["pa.atto.documento"]._store(
                base.atto_id, base.kind, base.name, data, base.mimetype, passo_id=base.passo_id.id, durata_id=self.id,
                derived_from_id=base.derived_from_id.id, version=base.version + 1, visibility=base.visibility,
                durata_kind="renewed" if self.level == "B-LTA" else "extended",
            )  # fmt: skip
            if base.kind == "allegato":
                sealed_write(base, {"superseded": True})  # as for every later signature: the new file holds all of the old
        return {"documento_id": documento.id}

    def _not_before(self, vals):
        """An authority whose certificate is near its end is asked again after a week, not at once."""
        now = fields.Datetime.now()
        limit = fields.Datetime.add(now, days=self.company_id.pa_firma_renew_days)
        ending = vals["archive_until"] and vals["archive_until"] <= limit
        return fields.Datetime.add(now, days=7) if ending else False

    def _failed(self, error):
        """Say why, try again later; tell the responsible when it lasts, or when trying again is of no use."""
        code, now = getattr(error, "code", "bytes"), fields.Datetime.now()
        minutes = 7 * 1440 if code == "no_gain" else min(5 * 2 ** min(self.attempts - 1, 9), 1440)
        vals = {"state": "failing", "next_try": fields.Datetime.add(now, minutes=minutes)}
        vals |= {"error_code": code, "error_detail": getattr(error, "detail", str(error))}
        sealed_write(self, vals | {"failing_since": self.failing_since or now})
        lasting = self.failing_since < fields.Datetime.subtract(now, days=2)
        ending = self.archive_until and self.archive_until < fields.Datetime.add(now, days=30)
        if code in PERMANENT or lasting or ending:
            self._warn()

    def _warn(self):
        """One activity, until it is solved."""
        if self.activity_ids:
            return
        for user in self.company_id._pa_firma_keepers() | self.firma_ids.user_id:
            if self.with_user(user).has_access("read"):
                # read in his own list: no e-mail for each
                durata = self.with_context(lang=user.lang, mail_activity_quick_update=True)
                text = durata.env._("A signature cannot be kept over time")
                durata.activity_schedule("mail.mail_activity_data_todo", summary=text, note=durata.error, user_id=user.id)
                return
