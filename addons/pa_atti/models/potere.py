from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class PaPotereMixin(models.AbstractModel):
    """What gives a person (``user_id``) the power to act, until ``date_to``: appointments and delegations. Nobody gives it to
    himself, what was done by it keeps its ground, and steps under way wait at once for who may do them now."""

    _name = "pa.potere.mixin"
    _description = "Power to act"
    _inherit = ["pa.sigillo.mixin", "pa.organigramma.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_people()
        records._refresh_steps()
        return records

    def write(self, vals):
        self._check_people()
        result = super().write(vals)
        self.check_access("write")  # Odoo asks before: nobody turns the own delegation to another's appointment
        self._check_people()
        self._refresh_steps()
        return result

    def unlink(self):
        self._check_people()
        company = self.company_id
        result = super().unlink()
        self.env["pa.atto.passo"]._refresh_all(company)
        return result

    def _refresh_steps(self):
        self.env["pa.atto.passo"]._refresh_all(self.company_id)

    def _check_people(self):
        # Not a constraint: Odoo runs those with elevated rights, and who is writing would not be seen.
        if not self.env.su and self.env.user in self.user_id:
            raise UserError(self._refusal_to_oneself())
        if self.sudo().user_id.filtered("share"):  # of users only this is asked
            raise UserError(self.env._("Power is given to people of the municipality."))

    def _refusal_to_oneself(self):
        return self.env._("Nobody appoints himself.")

    def _sealed_initial(self):
        return {**super()._sealed_initial(), "passo_ids": False}

    @api.constrains("date_to")
    def _check_end(self):
        """No end before what was already done."""
        for record in self.filtered("date_to"):
            # Steps keep their ground, also on acts that the user may not see.
            moments = [moment for moment in record.sudo().passo_ids.mapped("date_done") if moment]
            days = [fields.Datetime.context_timestamp(self.with_context(tz="Europe/Rome"), moment).date() for moment in moments]
            if days and max(days) > record.date_to:
                raise ValidationError(self.env._("%s: steps were done by it after that day.", record.display_name))
