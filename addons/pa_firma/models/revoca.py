import base64
import hashlib
import logging
import time
from datetime import datetime, timedelta, timezone

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models

from ..tools import online, sandbox
from ..tools.transaction import is_clean, own_transaction

_logger = logging.getLogger(__name__)

MAX_CERTIFICATES = 12
SECONDS = 20  # for all the questions of one verification
RETRY = timedelta(minutes=5)  # an authority that does not answer is not asked at every document of a batch
FRESH = {"ocsp": timedelta(hours=1), "crl": timedelta(hours=4), "cert": timedelta(days=30)}
KEPT = timedelta(days=30)
RECENT = 20
SMALL = 100 * 1024
LARGEST = {"ocsp": SMALL, "crl": 20 * 1024 * 1024, "cert": SMALL}


class PaFirmaRevoca(models.Model):
    """What authorities answered about certificates (OCSP), their revocation lists, their issuers' certificates.

    A store of bytes, never trusted by themselves: every verification checks them again.
    """

    _name = "pa.firma.revoca"
    _description = "Revocation data"
    _order = "fetched_on desc, id desc"
    _rec_name = "subject"

    kind = fields.Selection(
        [("ocsp", "Answer about a certificate (OCSP)"), ("crl", "Revocation list (CRL)"), ("cert", "Issuer's certificate")],
        required=True,
    )
    # OCSP: SHA-256 of the certificate and of its issuer; the others: their address.
    key = fields.Char(required=True)
    subject = fields.Char("About")
    url = fields.Char("Address")
    data = fields.Binary(attachment=False, groups=fields.NO_ACCESS)
    sha256 = fields.Char("SHA-256")
    revoked = fields.Boolean()
    this_update = fields.Datetime("Issued on")
    next_update = fields.Datetime("Renewed by")
    fetched_on = fields.Datetime("Asked on")
    failed_on = fields.Datetime("Last failure")
    error = fields.Char()

    _one_per_key = models.UniqueIndex("(kind, key)", "There is already one.")

    @api.model
    def _online(self):
        """Whether authorities are asked at all."""
        return self.env["pa.firma.rete"]._parameter("revocation_online", "True") == "True"

    @api.model
    def _evidence(self, certs_der, issuers_der=(), company=None):
        """What the authorities say of these certificates, asked now or not long ago; call it outside transactions.

        :param certs_der: DER of the certificates, issuers among them or in `issuers_der`, else sought among the anchors
            and at the address that the certificate names
        :return: ``{"ocsps": [...], "crls": [...], "certs": [...]}``, bytes for the verification's `evidence`
        """
        found = {"ocsps": [], "crls": [], "certs": []}
        if not self._online():
            return found
        # The store belongs to the procedure: users neither read nor write it.
        store = self.sudo()
        pool = list(dict.fromkeys([*certs_der, *issuers_der, *store._anchors(company)]))
        deadline = time.monotonic() + SECONDS
        for der in list(dict.fromkeys(certs_der))[:MAX_CERTIFICATES]:
            store._about(der, pool, found, deadline)
        return {kind: list(dict.fromkeys(items)) for kind, items in found.items()}

    @api.model
    def _issuers(self, certs_der):
        """Certificates of the issuers of these, at the addresses that they name."""
        found = []
        if self._online():
            deadline = time.monotonic() + SECONDS
            for der in list(dict.fromkeys(certs_der))[:MAX_CERTIFICATES]:
                question = sandbox.ask(der, [])
                if "error" not in question and not question["own"]:
                    # As above.
                    found += self.sudo()._issuer(der, question, deadline)
        return found

    @api.model
    def _recent(self):
        """Small answers of the last hour: most documents in a row have the same signers."""
        since = fields.Datetime.now() - FRESH["ocsp"]
        # As above.
        rows = self.sudo().search([("kind", "!=", "cert"), ("fetched_on", ">", since), ("error", "=", False)], limit=RECENT)
        blobs = {kind: [row._bytes() for row in rows if row.kind == kind] for kind in ("ocsp", "crl")}
        return {f"{kind}s": [raw for raw in items if raw and len(raw) < SMALL] for kind, items in blobs.items()} | {"certs": []}

    @api.model
    def _anchors(self, company):
        pems = self.env["pa.firma.ancora"]._trusted_pems(company or self.env.company)
        return [base64.b64decode("".join(pem.strip().splitlines()[1:-1])) for pem in pems]

    def _about(self, der, pool, found, deadline):
        question = sandbox.ask(der, pool)
        if "error" in question or question["own"] or question["expired"]:
            return
        if question["issuer"] is None:
            issuers = self._issuer(der, question, deadline)
            found["certs"] += issuers
            pool += issuers
            question = sandbox.ask(der, pool)
        if question.get("issuer") is None:
            return
        issuer = pool[question["issuer"]]
        for kind, urls in (("ocsp", question["ocsp"]), ("crl", question["crl"])):
            for url in urls:
                raw = self._answer(kind, url, der, issuer, question, deadline)
                if raw:
                    found[kind + "s"].append(raw)
                    return

    def _answer(self, kind, url, der, issuer, question, deadline):
        """Bytes that speak of the certificate: those in store while they are fresh, else those that are fetched now."""
        key = f"{_sha256(der)}:{_sha256(issuer)}" if kind == "ocsp" else url
        row = self._row(kind, key)
        if row._fresh() and (kind == "ocsp" or "error" not in sandbox.told(row._bytes(), der, issuer)):
            return row._bytes()
        raw = None
        if not row._failed_lately():
            raw = self._asked(kind, key, url, der, issuer, question, deadline)
        return raw or self._row(kind, key)._unexpired()

    def _asked(self, kind, key, url, der, issuer, question, deadline):
        options = {}
        nonce = bytes.fromhex(question["nonce"])
        if kind == "ocsp":
            options = {"body": base64.b64decode(question["request"]), "content_type": online.OCSP_TYPE}
        raw, trouble = self._outside(url, deadline, max_bytes=LARGEST[kind], **options)
        told = sandbox.told(raw, der, issuer, nonce if kind == "ocsp" else b"") if raw else {}
        if "error" in told:
            trouble = self.env["pa.firma"]._explain({"code": told["error"], "detail": told["detail"]})
        name = question["name"] if kind == "ocsp" else url
        if trouble:
            self._keep(kind, key, {"subject": name, "url": url, "failed_on": fields.Datetime.now(), "error": trouble[:500]})
            return None
        vals = {"subject": name, "url": url, "revoked": kind == "ocsp" and told["revoked"]}
        vals |= {"this_update": _naive(told["this_update"]), "next_update": _naive(told["next_update"])}
        self._keep(kind, key, vals | self._fetched_vals(raw))
        return raw

    def _issuer(self, der, question, deadline):
        for url in question["issuers"]:
            row = self._row("cert", url)
            if row._fresh() and (found := self._issuers_in(row._bytes(), der)):
                return found
            if row._failed_lately():
                continue
            raw, trouble = self._outside(url, deadline, max_bytes=LARGEST["cert"])
            found = self._issuers_in(raw, der)
            vals = {"failed_on": fields.Datetime.now(), "error": (trouble or self.env._("It is not the issuer's certificate."))[:500]}
            self._keep("cert", url, {"subject": url, "url": url, **(self._fetched_vals(raw) if found else vals)})
            if found:
                return found
        return []

    @api.model
    def _issuers_in(self, raw, der):
        found = sandbox.issuers(raw, der).get("certs") if raw else []
        return [base64.b64decode(item) for item in found or []]

    def _outside(self, url, deadline, **options):
        """(bytes, "") or (None, why), with no transaction open meanwhile."""
        seconds = min(8, deadline - time.monotonic())
        if seconds <= 0:
            return None, self.env._("The answer took too long.")
        return self.env["pa.firma.rete"]._fetched(url, seconds=seconds, **options)

    @api.model
    def _row(self, kind, key):
        return self.search([("kind", "=", kind), ("key", "=", key)])

    def _fetched_vals(self, raw):
        now = fields.Datetime.now()
        return {"data": base64.b64encode(raw), "sha256": _sha256(raw), "fetched_on": now, "failed_on": False, "error": False}

    @api.model
    def _keep(self, kind, key, vals):
        apart = is_clean(self.env)
        try:
            with own_transaction(self.env) as env:
                # As above.
                store = env[self._name].sudo()
                row = store._row(kind, key)
                if row:
                    row.write(vals)
                else:
                    store.create({"kind": kind, "key": key, **vals})
        except (UniqueViolation, SerializationFailure):
            if not apart:  # this very transaction is lost, and is repeated
                raise
            _logger.info("Another process has just put %s %s in store.", kind, key)

    def _bytes(self):
        return base64.b64decode(self.with_context(bin_size=False).data or b"")

    def _fresh(self):
        now = fields.Datetime.now()
        if not self or not self.fetched_on or self.error:
            return False
        return now < self.fetched_on + FRESH[self.kind] and (not self.next_update or now < self.next_update)

    def _unexpired(self):
        """Bytes that the authority itself still calls good, when it cannot be asked again."""
        if self.fetched_on and self.next_update and fields.Datetime.now() < self.next_update:
            return self._bytes()
        return None

    def _failed_lately(self):
        return bool(self.failed_on and fields.Datetime.now() < self.failed_on + RETRY)

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.now() - KEPT
        self.search([("write_date", "<", limit)], limit=10_000).unlink()


def _sha256(raw):
    return hashlib.sha256(raw).hexdigest()


def _naive(text):
    return datetime.fromisoformat(text).astimezone(timezone.utc).replace(tzinfo=None) if text else False
