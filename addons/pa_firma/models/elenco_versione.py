import base64
import hashlib
import json
from datetime import datetime, timedelta, timezone

from asn1crypto import x509

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_create, sealed_write

from ..tools import sandbox
from ..tools.transaction import own_transaction

SKEW = timedelta(days=1)  # clocks, and lists dated by the day


class PaFirmaElencoVersione(models.Model):
    """One version of a trusted list, as it came: in force, superseded, or refused and why. Nothing is deleted."""

    _name = "pa.firma.elenco.versione"
    _description = "Versions of trusted lists"
    _inherit = ["pa.sigillo.mixin"]
    _order = "id desc"
    _rec_name = "sequence"

    _create_only_sealed = True

    elenco_id = fields.Many2one("pa.firma.elenco", "List", required=True, ondelete="restrict", index=True)
    state = fields.Selection(
        [("in_force", "In force"), ("superseded", "Superseded"), ("refused", "Refused"), ("pivot", "Pivot")],
        required=True,
        index=True,
    )
    reason = fields.Text("Why")
    sequence = fields.Integer("Number")
    issued_on = fields.Datetime("Issued on")
    next_update = fields.Datetime("Renewed by")
    signer = fields.Char("Signed by")
    signer_sha256 = fields.Char("Signer's SHA-256")
    signers_text = fields.Text("Signers that it names", help="Of a pivot: who may sign the list of lists after it.")
    services = fields.Integer()
    address = fields.Char("Taken from", help="Empty: from a file.")
    accepted_on = fields.Datetime("In force from")
    superseded_on = fields.Datetime("In force until")
    attachment_id = fields.Many2one("ir.attachment", "File", ondelete="restrict")
    size = fields.Integer("Size (bytes)")
    sha256 = fields.Char("SHA-256", index=True)
    # What verifications look up: computed once, when the list is accepted.
    compact = fields.Binary(attachment=False, groups=fields.NO_ACCESS)
    compact_sha256 = fields.Char()

    _one_in_force = models.UniqueIndex("(elenco_id) WHERE state = 'in_force'", "One version is in force at a time.")

    def _frozen_fields(self):
        return set(self._fields)

    def _check_unlink_allowed(self):
        return [self.env._("Versions of trusted lists stay on record.")]

    def _listed(self):
        """The compact form for `sandbox`, read from the database only when the helper process lacks it."""
        self.ensure_one()
        return sandbox.Listed(self.compact_sha256, lambda: base64.b64decode(self.with_context(bin_size=False).compact))

    @api.model
    def _keep(self, elenco, raw, found, address):
        """Put a list that was read on record; "" or why it is refused."""
        with own_transaction(self.env) as env:
            # Written by the procedure, for the cron as for the administrator; the caller's right was checked.
            elenco = env["pa.firma.elenco"].sudo().browse(elenco.id)
            elenco.lock_for_update()
            now, digest = fields.Datetime.now(), hashlib.sha256(raw).hexdigest()
            same, trouble = elenco.current_id.sha256 == digest, elenco._pivot_trouble(found)
            reason = self._refusal(elenco, found, same)
            if address or not reason:  # a wrong file that somebody chose is no failure of the list
                sealed_write(elenco, {"checked_on": now, "error": reason or trouble or False})
            versions = env[self._name].sudo()
            if reason and not same:
                versions._record_refused(elenco, raw, digest, found, address, reason)
            elif not reason and same:
                versions._record_same(elenco, found)
            elif not reason:
                versions._record_accepted(elenco, raw, digest, found, address, now)
            if elenco.kind == "lotl" and not reason:
                elenco._keep_pivots(found)
            return reason

    @api.model
    def _refusal(self, elenco, found, same=False):
        """Why a list that was read cannot be the next version of `elenco`; empty when it can, or is the `same`."""
        if "error" in found:
            return elenco._pivot_trouble(found) or self._refusal_words(found)
        if same:
            return ""
        data, current = found["list"], elenco.current_id
        issued = _naive(data["issued"])
        if data["lotl"] != (elenco.kind == "lotl"):
            return self.env._("It is of another kind: the list of lists and the list of a country are not the same thing.")
        if elenco.territory and data["territory"].upper() != elenco.territory.upper():
            return self.env._("It is the list of %(found)s, not of %(wanted)s.", found=data["territory"], wanted=elenco.territory)
        if current and data["sequence"] < current.sequence:
            return self.env._("It is older than the one in force: number %(new)s after number %(old)s.", new=data["sequence"], old=current.sequence)
        if current and data["sequence"] == current.sequence:
            return self.env._("It has the same number as the one in force (%s) but is not the same.", current.sequence)
        if current.issued_on and (not issued or issued < current.issued_on):
            return self.env._("It was issued before the one in force.")
        if issued and issued > fields.Datetime.now() + SKEW:
            return self.env._("It was issued in the future: is this server's clock right?")
        return ""

    @api.model
    def _refusal_words(self, found):
        words = {
            "no_signers": self.env._("Nobody who may sign it is known: add the signers' certificates first."),
            "list_unsigned": self.env._("It is not signed."),
            "list_altered": self.env._("Its signature is not good: it was altered, or it is not whole."),
            "list_signer": self.env._("It is signed by somebody who may not sign it: %s", found.get("who") or "?"),
            "unsafe_xml": self.env._("It holds declarations that are refused (XML document type)."),
            "too_large": self.env._("It is too large."),
            "limits": self.env._("It asks for too much time or memory."),
            "isolation": self.env._("Reading it was interrupted."),
        }
        return words.get(found["error"]) or self.env._("It is not a trusted list that can be read.")

    def _record_refused(self, elenco, raw, digest, found, address, reason):
        if self.search_count([("elenco_id", "=", elenco.id), ("sha256", "=", digest), ("state", "=", "refused")], limit=1):
            return
        self._create_with_file(elenco, raw, {"state": "refused", "reason": reason, "sha256": digest, "address": address} | self._facts(found))

    def _record_same(self, elenco, found):
        """The version in force came again: what is kept of it follows the program, which may read more than it did."""
        compact = json.dumps(found["list"], separators=(",", ":")).encode()
        digest = hashlib.sha256(compact).hexdigest()
        if elenco.current_id.compact_sha256 != digest:
            vals = {"compact": base64.b64encode(compact), "compact_sha256": digest, "services": len(found["list"]["services"])}
            sealed_write(elenco.current_id, vals)

    def _record_pivots(self, elenco, pivots, files):
        """The pivots that were followed, each once, with who may sign after it.

        :param files: their bytes by SHA-256
        """
        known = {version.sha256 for version in elenco.versione_ids if version.state == "pivot"}
        for pivot in pivots:
            if pivot["sha256"] in known:
                continue
            signers = [x509.Certificate.load(base64.b64decode(der)) for der in pivot["signers"]]
            self._create_with_file(elenco, files[pivot["sha256"]], {
                "state": "pivot", "sequence": pivot["sequence"], "issued_on": _naive(pivot["issued"]), "sha256": pivot["sha256"],
                "signer": pivot["signer"], "signer_sha256": pivot["signer_sha256"], "address": pivot["address"],
                "signers_text": elenco._described(signers),
            })  # fmt: skip

    def _record_accepted(self, elenco, raw, digest, found, address, now):
        compact = json.dumps(found["list"], separators=(",", ":")).encode()
        if elenco.current_id:
            sealed_write(elenco.current_id, {"state": "superseded", "superseded_on": now})
            elenco.current_id.flush_recordset()
        version = self._create_with_file(elenco, raw, {
            "state": "in_force", "accepted_on": now, "sha256": digest, "address": address,
            "compact": base64.b64encode(compact), "compact_sha256": hashlib.sha256(compact).hexdigest(), **self._facts(found),
        })  # fmt: skip
        sealed_write(elenco, {"current_id": version.id, "territory": found["list"]["territory"]})
        if elenco.kind == "lotl":
            elenco._named(found["list"]["pointers"])

    @api.model
    def _facts(self, found):
        data = found.get("list") or {}
        return {
            "sequence": data.get("sequence"),
            "issued_on": _naive(data.get("issued")),
            "next_update": _naive(data.get("next_update")),
            "services": len(data.get("services", ())),
            "signer": found.get("signer"),
            "signer_sha256": found.get("signer_sha256"),
        }

    def _create_with_file(self, elenco, raw, vals):
        # Written by the procedure: nobody creates versions.
        version = sealed_create(self, [vals | {"elenco_id": elenco.id, "size": len(raw)}])
        name = f"{elenco.territory or 'LOTL'}-{vals.get('sequence') or vals['sha256'][:12]}.xml"
        file = {"name": name, "raw": raw, "mimetype": "application/xml", "res_model": self._name, "res_id": version.id}
        attachment = sealed_create(self.env["ir.attachment"], [file])
        sealed_write(version, {"attachment_id": attachment.id})
        return version


def _naive(text):
    return datetime.fromisoformat(text).astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if text else False


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _pa_guarded_models(self):
        return super()._pa_guarded_models() | {"pa.firma.elenco.versione"}
