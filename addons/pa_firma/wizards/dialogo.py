from odoo import api, models
from odoo.exceptions import AccessError


class PaFirmaDialogo(models.AbstractModel):
    """What every dialog of signing respects: it is opened only on what one sees.

    A dialog shows fields of its step, document or device, which Odoo reads with elevated rights: a number written in it by hand
    would tell of any of them.
    """

    _name = "pa.firma.dialogo"
    _description = "Dialog of signing"

    @api.model
    def _check_seen(self, vals):
        for name, value in (vals or {}).items():
            field = self._fields.get(name)
            if field is None or field.type != "many2one" or not value:
                continue
            number = value[0] if isinstance(value, (list, tuple)) else value
            if not isinstance(number, int):
                raise AccessError(self.env._("%s: choose it from the list.", field.string))
            self.env[field.comodel_name].browse(number).check_access("read")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_seen(values)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs:  # what defaults put there too
            dialog._check_seen({name: dialog[name].id for name, field in dialog._fields.items() if field.type == "many2one" and field.store})
        return dialogs

    def write(self, vals):
        self._check_seen(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_seen(values)
        return super().onchange(values, field_names, fields_spec)
