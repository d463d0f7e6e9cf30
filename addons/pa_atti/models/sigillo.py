from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools import seal


class PaSigilloMixin(models.AbstractModel):
    """Fields that only transitions may write.

    Sealed fields get their initial value in ``create()`` whatever a context, ``ir.default``, a nested command or an import
    says, and are refused in ``write()`` by their mere presence. Frozen fields depend on the record's state. Stored columns that
    are computed are sealed too: Odoo lets anybody write in them, and would keep what was written.
    """

    _name = "pa.sigillo.mixin"
    _description = "Sealed fields"

    _create_only_sealed = False

    @api.model
    def _sealed_initial(self):
        """Sealed field name -> the value that a new record starts with."""
        return {}

    @api.model
    def _derived_fields(self):
        """Stored columns that follow from others."""
        return {name for name, field in self._fields.items() if field.store and field.compute and field.readonly}

    def _frozen_fields(self):
        """Names that may not be written on this record in its present state."""
        self.ensure_one()
        return set()

    def _check_unlink_allowed(self):
        """Reasons why this record may not be deleted."""
        self.ensure_one()
        return []

    @api.model_create_multi
    def create(self, vals_list):
        if not seal.consume(seal.create_claim(self, vals_list)):
            if self._create_only_sealed:
                raise AccessError(self.env._("%s are created only by the procedure.", self._description))
            derived = self._derived_fields()
            vals_list = [
                {name: value for name, value in {**vals, **self._sealed_initial()}.items() if name not in derived}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not seal.consume(seal.write_claim(self, vals)):
            self._refuse_sealed(vals)
        return super().write(vals)

    def _refuse_sealed(self, vals):
        sealed = (set(self._sealed_initial()) | self._derived_fields()) & set(vals)
        for record in self:
            locked = sealed | (record._frozen_fields() & set(vals))
            if locked:
                labels = ", ".join(sorted(self._fields[name].string for name in locked))
                raise UserError(
                    self.env._(
                        "%(record)s: these fields change only through the procedure: %(fields)s",
                        record=record.display_name,
                        fields=labels,
                    )
                )

    def unlink(self):
        if not seal.consume(seal.unlink_claim(self)):
            for record in self:
                reasons = record._check_unlink_allowed()
                if reasons:
                    raise UserError("\n".join(reasons))
        return super().unlink()
