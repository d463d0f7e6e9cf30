import base64
import hashlib
from datetime import datetime, timezone

from asn1crypto import pem

from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write
from odoo.exceptions import UserError

from ..tools import sandbox, trusted_list
from ..tools.chain import outside
from ..tools.trust import certificates
from .elenco_aggiorna import MAX_BYTES, SECONDS


class PaFirmaElenco(models.Model):
    """Who signs the list of lists when it is no longer who the Official Journal named: its pivots are followed."""

    _inherit = "pa.firma.elenco"

    journal = fields.Char(
        "In the Official Journal", help="Address of the publication that the signers that you vouch for come from."
    )
    listed_journal = fields.Char("Latest publication", readonly=True, help="As the list of lists itself names it.")
    pivot_sequence = fields.Integer("Newest pivot followed", readonly=True)
    journal_new = fields.Boolean("New publication", compute="_compute_journal_new")

    @api.depends("journal", "listed_journal")
    def _compute_journal_new(self):
        for elenco in self:
            elenco.journal_new = bool(elenco.listed_journal and elenco.listed_journal != (elenco.journal or "").strip())

    def _sealed_initial(self):
        return super()._sealed_initial() | {"listed_journal": False, "pivot_sequence": 0}

    def write(self, vals):
        result = super().write(vals)
        if "own_signers" in vals:
            # Whoever was named from other signers counts no more: the pivots are followed anew from these.
            for elenco in self.filtered(lambda e: e.kind == "lotl" and e.pivot_sequence):
                sealed_write(elenco, {"listed_signers": False, "pivot_sequence": 0})
        return result

    def _vouched(self):
        """Certificates that the administrator vouches for."""
        return certificates(self.own_signers) if (self.own_signers or "").strip() else []

    def action_propose_signers(self):
        """Fill in the signers of the list of lists that this program knows, to be compared with the Official Journal."""
        self.ensure_one()
        self.check_access("write")
        if self.kind != "lotl":
            raise UserError(self.env._("Only the signers of the European list of lists are known to the program."))
        now = datetime.now(timezone.utc)
        valid = {cert.sha256: cert for cert in trusted_list.shipped() if not outside(cert, now)}
        for cert in self._vouched():
            valid.pop(cert.sha256, None)
        if valid:
            self.own_signers = (self.own_signers or "") + "".join(pem.armor("CERTIFICATE", cert.dump()).decode() for cert in valid.values())
        self.journal = self.journal or trusted_list.shipped_journal()
        return True

    def action_journal_compared(self):
        """The administrator compared the signers with the latest publication: they come from it."""
        self.ensure_one()
        self.check_access("write")
        if self.listed_journal:
            self.journal = self.listed_journal
        self._tell_journal()
        return True

    def _read_list(self, raw, files=()):
        """Like `sandbox.read_list`, after following the pivots that lead to a list of lists; outside transactions.

        :param files: bytes of pivots given by hand, in any order: nothing is fetched then
        """
        signers = [cert.dump() for cert in self._signers()]
        if not signers:
            return {"error": "no_signers", "detail": ""}
        found = sandbox.read_list(raw, signers)
        if self.kind != "lotl" or not self._pivots_wanted(found):
            return found
        options = {
            "vouched": [base64.b64encode(cert.dump()).decode() for cert in self._vouched()],
            "journal": (self.journal or "").strip(), "after": self.pivot_sequence,
        }  # fmt: skip
        known, troubles = self._known_pivots(), []
        if files:
            given = [*known.values(), *files]
        else:
            given, troubles = self._fetched_pivots(found["pivots"], known)
        if given:
            found = sandbox.read_list(raw, signers, given, options)
        raws = given.values() if isinstance(given, dict) else given
        return found | {"fetch": troubles, "files": {hashlib.sha256(item).hexdigest(): item for item in raws}}

    def _pivots_wanted(self, found):
        """Whether pivots must be followed: the signer is not known, or there are pivots newer than those on record."""
        if not found.get("pivots"):
            return False
        return "error" in found or not self.pivot_sequence or found["pivots"][-1] not in self._known_pivots()

    def _known_pivots(self):
        """{address: bytes} of the pivots on record."""
        rows = self.versione_ids.filtered(lambda version: version.state == "pivot").sorted("id")
        return {version.address: version.attachment_id.raw for version in rows}

    def _fetched_pivots(self, addresses, known):
        """({address: bytes}, reasons of those that could not be had), from the oldest."""
        got, troubles = {}, []
        for address in addresses:
            raw, why = known.get(address), ""
            if raw is None:
                raw, why = self.env["pa.firma.rete"]._fetched(address, seconds=SECONDS, max_bytes=MAX_BYTES)
            if raw is None:
                troubles.append(why)
            else:
                got[address] = raw
        return got, troubles

    def _pivot_trouble(self, found):
        """Why the pivots could not be followed, in words; empty when they could, or there was none to follow."""
        detail = found.get("pivot_error") or (found.get("detail") if found.get("error") == "list_pivot" else "")
        if not detail and not found.get("fetch"):
            return ""
        lines = [self.env._("Its pivots do not lead to who signs it [%s]", detail)] if detail else []
        return "\n".join(lines + list(found.get("fetch") or []))

    def _keep_pivots(self, found):
        """Put on record where the pivots led, and the publication that the list announces."""
        followed = found.get("followed")
        vals = {"listed_journal": found.get("journal") or False}
        if followed:
            self.env["pa.firma.elenco.versione"]._record_pivots(self, followed["pivots"], found["files"])
            pems = [pem.armor("CERTIFICATE", base64.b64decode(der)).decode() for der in followed["signers"]]
            vals |= {"listed_signers": "".join(pems), "pivot_sequence": followed["pivots"][-1]["sequence"]}
        sealed_write(self, vals)
        if not self.journal and (followed or not found.get("pivots")):
            self.journal = (followed or {}).get("journal") or self.listed_journal
        self._tell_journal()

    def _tell_journal(self):
        """One activity while the signers are not those of the latest publication; none when they are."""
        for elenco in self:
            open_ones = elenco.activity_search(["mail.mail_activity_data_todo"])
            if not elenco.journal_new:
                open_ones.unlink()
            elif not open_ones:
                elenco.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("The signers of the list of lists have a new publication in the Official Journal"),
                    note=self.env._("Compare the signers that you vouch for with those of %s", elenco.listed_journal),
                    user_id=(elenco.user_id or elenco.create_uid).id,
                )
