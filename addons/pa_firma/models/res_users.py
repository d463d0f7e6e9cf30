from stdnum.it import codicefiscale

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.identity import normalize_codice_fiscale


class ResUsers(models.Model):
    _inherit = "res.users"

    # Not among the fields that a user may write on himself: who could, would sign in somebody else's place.
    pa_codice_fiscale = fields.Char("Codice fiscale", copy=False, help="Compared with the signer's certificate.")
    pa_dispositivo_ids = fields.One2many("pa.firma.dispositivo", "user_id", "Ways to sign", readonly=True)

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["pa_codice_fiscale", "pa_dispositivo_ids"]

    @api.constrains("pa_codice_fiscale")
    def _check_pa_codice_fiscale(self):
        for user in self.filtered("pa_codice_fiscale"):
            code = user.pa_codice_fiscale
            if normalize_codice_fiscale(code) != code or not (code.isdigit() or codicefiscale.is_valid(code)):
                raise ValidationError(self.env._("%s is not a codice fiscale: check each character.", code))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._pa_clean(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._pa_clean(vals))

    @api.model
    def _pa_clean(self, vals):
        text = vals.get("pa_codice_fiscale")
        return {**vals, "pa_codice_fiscale": "".join(text.split()).upper()} if text else vals
