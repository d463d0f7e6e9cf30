from odoo import api, fields, models

_ON_BY_DEFAULT = ("visible_mark", "revocation_online")


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
    pa_firma_agent_port = fields.Integer(
        "Local agent's port",
        config_parameter="pa_firma.agent_port",
        default=8717,
        help="Port on which the signing agent of each person's computer listens.",
    )
    pa_firma_visible_mark = fields.Boolean(
        "Visible mark", help="Name, role, date and a QR code in the lower margin of the signed page."
    )

    pa_firma_revocation_online = fields.Boolean(
        "Ask the authorities about revocation", help="At the addresses that certificates name (OCSP, CRL), at every verification."
    )
    pa_firma_revocation_required = fields.Boolean(related="company_id.pa_firma_revocation_required", readonly=False)
    pa_firma_qualified_required = fields.Boolean(related="company_id.pa_firma_qualified_required", readonly=False)
    pa_firma_fetch_allowed = fields.Char(
        "Hosts inside the network that may be asked",
        config_parameter="pa_firma.fetch_allowed",
        help="Of an authority of the body itself, for instance ca.comune.example or 10.0.0.5:8080. Every other address inside the network is refused.",
    )
    pa_firma_fetch_proxy = fields.Char(
        "Proxy", config_parameter="pa_firma.fetch_proxy", help="http://host:port, to reach authorities and trusted lists."
    )
    pa_firma_level = fields.Selection(related="company_id.pa_firma_level", readonly=False, required=True)
    pa_firma_renew_days = fields.Integer(related="company_id.pa_firma_renew_days", readonly=False, required=True)
    pa_firma_keeper_id = fields.Many2one(related="company_id.pa_firma_keeper_id", readonly=False)

    @api.model
    def get_values(self):
        parameters = self.env["ir.config_parameter"].sudo()  # as the others
        return super().get_values() | {
            f"pa_firma_{name}": parameters.get_param(f"pa_firma.{name}", "True") == "True" for name in _ON_BY_DEFAULT
        }

    def set_values(self):
        result = super().set_values()
        # As the other settings: whoever may open them may write them.
        parameters = self.env["ir.config_parameter"].sudo()
        for name in _ON_BY_DEFAULT:
            parameters.set_param(f"pa_firma.{name}", str(self[f"pa_firma_{name}"]))
        return result
