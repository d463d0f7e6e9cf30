from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.identity import numeric_code_ok


class ResCompany(models.Model):
    _inherit = "res.company"

    pa_codice_fiscale = fields.Char("Codice fiscale of the body", help="Eleven digits; compared with the electronic seal's certificate.")

    @api.constrains("pa_codice_fiscale")
    def _check_pa_codice_fiscale(self):
        for company in self.filtered("pa_codice_fiscale"):
            if not numeric_code_ok(company.pa_codice_fiscale):
                raise ValidationError(self.env._("%s is not the codice fiscale of a body.", company.pa_codice_fiscale))

    def _pa_body_codes(self):
        """Numbers by which a certificate may name this body: codice fiscale and VAT number."""
        self.ensure_one()
        return {code for code in (self.pa_codice_fiscale, (self.vat or "").upper().removeprefix("IT")) if code}
