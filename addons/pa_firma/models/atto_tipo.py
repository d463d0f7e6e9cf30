from odoo import fields, models, tools

from .livello import LEVELS

MODES = [("paper", "On paper"), ("mixed", "Digital or on paper"), ("digital", "Digital")]


class PaAttoTipo(models.Model):
    _name = "pa.atto.tipo"
    _inherit = ["pa.atto.tipo", "pa.organigramma.mixin"]

    # On paper until somebody decides otherwise: installing this addon changes no procedure by itself.
    firma_mode = fields.Selection(
        MODES,
        "Signature",
        required=True,
        default="paper",
        help="On paper: the step is completed without a digital signature and the scan is attached.",
    )
    firma_level = fields.Selection(LEVELS, "Level of signatures", help="Empty: the body's own level.")
    firma_avvio_ids = fields.One2many("pa.firma.avvio", "tipo_id", "From paper to digital")

    def _firma_mode_for(self, department, day):
        """How acts of this type and settore are signed on `day`: the settore's own start wins over the general one."""
        return self._firma_mode_of(department._pa_settore(), day)

    @tools.ormcache("self.id", "settore.id", "day")
    def _firma_mode_of(self, settore, day):
        """Asked at every step to sign: kept until a type, a start of digital signing or the organigram changes."""
        self.ensure_one()
        begun = self.firma_avvio_ids.filtered(
            lambda a: a.date_from <= day and a.department_id in (settore, self.env["hr.department"])
        )
        begun = begun.sorted(lambda a: (bool(a.department_id), a.date_from))
        return begun[-1:].mode or self.firma_mode
