import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.elenco_aggiorna import MAX_BYTES
from .firma_wizard import DONE


class PaFirmaElencoCarica(models.TransientModel):
    """Loads a trusted list from a file: its signature is checked as if it had been fetched."""

    _name = "pa.firma.elenco.carica"
    _description = "Load a trusted list from a file"
    _inherit = ["pa.firma.dialogo"]

    elenco_id = fields.Many2one("pa.firma.elenco", "List", required=True, readonly=True)
    file = fields.Binary("XML file", attachment=False)
    file_name = fields.Char()
    kind = fields.Selection(related="elenco_id.kind")
    pivot_ids = fields.Many2many(
        "ir.attachment", string="Pivots",
        help="Of the list of lists, where this server does not reach them: its earlier editions that it names, in any order.",
    )  # fmt: skip

    def action_load(self):
        """Check the file and put it in force."""
        self.ensure_one()
        self.elenco_id.check_access("write")
        raw = base64.b64decode(self.with_context(bin_size=False).file or b"")
        if not raw:
            raise UserError(self.env._("Choose the file."))
        if len(raw) > MAX_BYTES:
            raise UserError(self.env._("The file is too large."))
        for item in self.pivot_ids:
            if len(item.raw or b"") > MAX_BYTES:
                raise UserError(self.env._("%s: the file is too large.", item.name))
        why = self.elenco_id._take(raw, files=[item.raw for item in self.pivot_ids if item.raw])
        if not why:
            return DONE
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"title": self.env._("Refused"), "message": why, "type": "danger", "sticky": True, "next": DONE},
        }
