from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    pa_firma_tsa_url = fields.Char(
        "Timestamp authority",
        config_parameter="pa_firma.tsa_url",
        help="Address of an RFC 3161 authority. Empty: signatures are made without a timestamp (PAdES B-B).",
    )
    pa_firma_max_mb = fields.Integer(
        "Largest file to sign (MB)", config_parameter="pa_firma.max_mb", default=50
    )
    pa_firma_visible_mark = fields.Boolean(
        "Visible mark", help="Name, role, date and a QR code in the lower margin of the signed page."
    )

    @api.model
    def get_values(self):
        value = self.env["ir.config_parameter"].sudo().get_param("pa_firma.visible_mark", "True")  # as the others
        return super().get_values() | {"pa_firma_visible_mark": value == "True"}

    def set_values(self):
        result = super().set_values()
        # As the other settings: whoever may open them may write them.
        self.env["ir.config_parameter"].sudo().set_param("pa_firma.visible_mark", str(self.pa_firma_visible_mark))
        return result
