from odoo import fields, models


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
