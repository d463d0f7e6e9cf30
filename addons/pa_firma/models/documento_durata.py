from odoo import fields, models


class PaAttoDocumento(models.Model):
    _inherit = "pa.atto.documento"

    durata_id = fields.Many2one("pa.firma.durata", "Kept by", ondelete="restrict", index="btree_not_null")
    durata_kind = fields.Selection(
        [("extended", "Validation data added"), ("renewed", "Archive timestamp renewed")], "Made from the one before by"
    )

    def _is_signed_copy(self):
        """What was made of a signed copy to keep it is one too."""
        return super()._is_signed_copy() or (self.kind == "allegato" and bool(self.durata_kind))

    def _signed_copies(self):
        # All of them, whoever asks: they follow their original.
        kept = [("derived_from_id", "in", self.ids), ("kind", "=", "allegato"), ("durata_kind", "!=", False)]
        return super()._signed_copies() | self.sudo().search(kept)

    def _check_unlink_allowed(self):
        if self.sudo().durata_id:  # whoever asks
            return [self.env._("%s is signed: it stays on record.", self.name)]
        return super()._check_unlink_allowed()

    def _signed_again_soon(self):
        """Whether somebody may be looking at these bytes to add a signature to them: they are left as they are."""
        self.ensure_one()
        if self.kind == "allegato":
            return self.atto_id._content_editable() or not self.atto_id.signed
        waits = [("state", "=", "active"), ("kind", "in", ("firma", "visto")), ("documento_id", "=", self.derived_from_id.id)]
        return bool(self.env["pa.atto.passo"].search_count([("atto_id", "=", self.atto_id.id), *waits], limit=1))
