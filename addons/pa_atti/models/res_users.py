from odoo import fields, models, tools
from odoo.fields import Domain

from ..tools.giorno import today


class ResUsers(models.Model):
    _inherit = "res.users"

    pa_incarico_ids = fields.One2many("pa.incarico", "user_id", "Appointments")

    def _pa_grounds(self, day):
        """Pairs (appointment, types) on which this user works on ``day``: own appointments, and those of who delegates him.
        ``types`` are the ids of the types of act to which the delegation is limited, None where it is not."""
        self.ensure_one()
        # Power is asked of the appointments themselves, which a low-rights user may not read in full.
        own = self.env["pa.incarico"].sudo().search([("user_id", "=", self.id)])
        deleghe = self.env["pa.delega"].sudo().search([("user_id", "=", self.id)])  # as above
        return [(incarico, None) for incarico in own if incarico._valid_on(day)] + [
            (delega.incarico_id, delega._limited_to()) for delega in deleghe if delega._valid_on(day)
        ]

    @tools.ormcache("self.id", "day")
    def _pa_competence(self, day):
        """Pairs (ids of offices, ids of types or None for all): of which offices, with those below them, this user works on
        which acts. Asked at every read of an act: kept until an appointment, a delegation or the organigram changes."""
        roots = {}
        for incarico, tipi in self._pa_grounds(day):
            if incarico.department_id:
                roots.setdefault(tipi, set()).add(incarico.department_id.id)
        offices = self.env["hr.department"].sudo()  # of every office, whoever asks
        return tuple(
            (tuple(offices.search([("id", "child_of", list(ids))]).ids), tipi) for tipi, ids in roots.items()
        )

    def _pa_works_on(self, office, tipo):
        """Whether acts of ``tipo`` of ``office`` are this user's work today."""
        return any(
            office.id in offices and (tipi is None or tipo.id in tipi) for offices, tipi in self._pa_competence(today())
        )

    def _pa_domain_competence(self):
        """The acts that are this user's work today."""
        return Domain.OR(
            Domain("department_id", "in", offices) & (Domain.TRUE if tipi is None else Domain("tipo_id", "in", tipi))
            for offices, tipi in self._pa_competence(today())
        )

    def _pa_department_ids(self, tipi=()):
        """Offices (with those below them) where this user works today on acts of every type, or at least of one of ``tipi``
        (ids). A delegation for some types opens no other act of the office."""
        self.ensure_one()
        ids = {
            office for offices, limit in self._pa_competence(today()) if limit is None or set(limit) & set(tipi)
            for office in offices
        }
        return self.env["hr.department"].sudo().browse(sorted(ids))  # their ids only; the caller reads none
