from odoo import api, fields, models
from odoo.addons.pa_atti.tools.seal import sealed_write

from ..tools.transaction import own_transaction

SECONDS = 60
MAX_BYTES = 30 * 1024 * 1024


class PaFirmaElenco(models.Model):
    """Keeping lists up to date: fetched outside transactions, put on record in small ones, failures told to a person."""

    _inherit = "pa.firma.elenco"

    def action_refresh(self):
        """Fetch now, and say how it went; after a list of lists, the lists in use that it names."""
        self.check_access("write")
        troubles = [elenco._refusal_line(why) for elenco in self if (why := elenco._refresh())]
        named = self.search([("lotl_id", "in", self.ids), ("enabled", "=", True)]) - self
        troubles += [elenco._refusal_line(why) for elenco in named if (why := elenco._refresh())]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Not updated") if troubles else self.env._("Up to date"),
                "message": "\n".join(troubles) or self.env._("The signature was checked and the list is in force."),
                "type": "danger" if troubles else "success",
                "sticky": bool(troubles),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _refusal_line(self, why):
        return f"{self.display_name}: {why}"

    def _refresh(self):
        """Fetch one list and take it; "" or why not."""
        self.ensure_one()
        address = self._address()
        if not address:
            why = self.env._("It has no address: load it from a file.")
        elif not self._signers():
            why = self._no_signers()
        else:
            raw, why = self.env["pa.firma.rete"]._fetched(address, seconds=SECONDS, max_bytes=MAX_BYTES)
            if raw is not None:
                return self._take(raw, address)
        self._failed(why)
        return why

    def _no_signers(self):
        if self.lotl_id:
            return self.env._("The list of lists names it no more.")
        return self.env._("Nobody who may sign it is known: add the signers' certificates first.")

    def _failed(self, why):
        with own_transaction(self.env) as env:
            # Written by the procedure, for the cron as for the administrator; the caller's right was checked.
            sealed_write(env[self._name].sudo().browse(self.id), {"checked_on": fields.Datetime.now(), "error": why})

    @api.model
    def _cron_refresh(self):
        """Fetch every list in use, the lists of lists first; tell who is to be told."""
        for kind in ("lotl", "national"):
            for elenco in self.search([("kind", "=", kind), ("enabled", "=", True)]):
                if elenco._address():
                    elenco._refresh()
                elenco._tell()

    def _tell(self):
        """One activity while a list is not as it should be; none when it is."""
        self.ensure_one()
        with own_transaction(self.env) as env:
            elenco = env[self._name].browse(self.id)
            kinds = ["mail.mail_activity_data_warning"]
            open_ones = elenco.activity_search(kinds)
            if elenco.state not in ("failed", "old", "none"):
                open_ones.unlink()
            elif not open_ones:
                elenco.activity_schedule(
                    kinds[0],
                    summary=elenco._trouble(),
                    note=elenco.error or "",
                    user_id=(elenco.user_id or elenco.create_uid).id,
                )

    def _trouble(self):
        if self.state == "old":
            return self.env._("The trusted list should have been renewed by %s", fields.Date.to_string(self.next_update))
        if self.state == "none":
            return self.env._("The trusted list is still to be loaded")
        return self.env._("The trusted list could not be updated")
