from odoo import models
from odoo.exceptions import UserError


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _pa_legal_records(self):
        """Module name -> models whose records have legal effect."""
        return {"pa_atti": ["pa.atto", "pa.registro.voce"]}

    def module_uninstall(self):
        self._pa_refuse_uninstall()
        return super().module_uninstall()

    def button_uninstall(self):
        (self | self.downstream_dependencies())._pa_refuse_uninstall()
        return super().button_uninstall()

    def _pa_refuse_uninstall(self):
        legal = self._pa_legal_records()
        for module in self:
            for model in legal.get(module.name, ()):
                # Whoever may uninstall must be told of records that they may not read.
                if model in self.env and self.env[model].sudo().with_context(active_test=False).search_count([], limit=1):
                    raise UserError(
                        self.env._(
                            "%(module)s cannot be uninstalled: it holds records with legal effect (%(model)s).",
                            module=module.shortdesc,
                            model=self.env[model]._description,
                        )
                    )
