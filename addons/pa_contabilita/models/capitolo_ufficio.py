from odoo import api, fields, models
from odoo.addons.pa_atti.tools.giorno import today
from odoo.fields import Domain


class PaCapitolo(models.Model):
    """Whose a chapter is. The office in charge is held year by year, on the appropriation (TUEL art. 169); the chapter's own
    one is that of its last year, and of the years to come.

    * The office of a year's row sees it and spends on it, for this year and each later one.
    * On past years, whose residui are managed with the PEG in force, acts whoever holds the present year.
    * Who held a past year goes on reading it. The chapter's own office reads every year, also those that others held.
    * What is under way when a chapter passes on keeps its hold and goes on; sent back to drafting, it does not start again.
    """

    _inherit = "pa.capitolo"

    is_mine = fields.Boolean("Mine", compute="_compute_is_mine", search="_search_is_mine")

    @api.model
    def _my_offices(self):
        """The user's offices and those above them up to their sector, whose chapters they spend on; of a delegation limited to
        some types, only if one of these spends."""
        offices = self.env.user._pa_department_ids(self.env["pa.atto.tipo"]._pa_spending_ids())
        for office in offices:
            while office.parent_id and office.pa_kind != "settore":
                office = office.parent_id
                offices |= office
        return offices

    @api.depends_context("uid")
    @api.depends("department_id", "stanziamento_ids.department_id")
    def _compute_is_mine(self):
        mine = self._my_offices()
        for capitolo in self:
            offices = capitolo.department_id | capitolo.sudo().stanziamento_ids.department_id  # asked for the user, as below
            capitolo.is_mine = not capitolo.department_id or bool(offices & mine)

    @api.model
    def _search_is_mine(self, operator, value):
        """Searched at query time, because a record rule's own value is cached while appointments change by the day."""
        if operator != "in":
            return NotImplemented
        mine = self._my_offices().ids
        found = Domain("department_id", "in", [False, *mine]) | Domain("stanziamento_ids.department_id", "in", mine)
        return found if True in value else ~found

    # -- what hangs from a chapter and has a year: appropriations, commitments, the situation

    @api.model
    def _is_year_mine(self, record):
        mine = self._my_offices()
        office = record.department_id
        # Whose the chapter is decides what the user reads of it: it is asked for him.
        return not office or office in mine or record.sudo().capitolo_id.department_id in mine

    @api.model
    def _search_year_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._my_offices().ids
        found = Domain("department_id", "in", [False, *mine]) | Domain("capitolo_id.department_id", "in", mine)
        return found if True in value else ~found

    def _office_in(self, year):
        """The office that acts on this chapter's ``year``; empty: everyone."""
        self.ensure_one()
        row = self.env["pa.stanziamento"]._get(self, max(year or 0, today().year), create=False)
        return (row or self).department_id

    # -- passing on

    def write(self, vals):
        """An office written on the chapter holds it from this year on: past years stay with who held them."""
        if "department_id" in vals and not self.env.context.get("pa_own_office_only"):
            self._reassign(self.env["hr.department"].browse(vals["department_id"] or ()), today().year)
        return super().write(vals)

    def _reassign(self, office, year):
        """The chapters pass to ``office`` from ``year`` on: its rows and the later ones, with a trace in the chatter."""
        self.stanziamento_ids.filtered(lambda row: row.year >= year).write({"department_id": office.id})
        self._set_office(office)

    def _set_office(self, office):
        """Only the chapter's own office: its years are left as they are."""
        self.with_context(pa_own_office_only=True).write({"department_id": office.id})

    def _tell_new_office(self, rows, before):
        years = ", ".join(str(row.year) for row in rows.sorted("year"))
        self._message_log(body=self.env._(
            "Office in charge in %(years)s: %(before)s → %(after)s", years=years, before=before.name or "–",
            after=rows[0].department_id.name or "–",
        ))


class PaStanziamento(models.Model):
    _inherit = "pa.stanziamento"

    def write(self, vals):
        """Each change of office is told on the chapter, whose own office follows that of its last year."""
        before = {row: row.department_id for row in self} if "department_id" in vals else {}
        result = super().write(vals)
        changed = self.filtered(lambda row: row in before and row.department_id != before[row])
        for (capitolo, office), rows in changed.grouped(lambda row: (row.capitolo_id, before[row])).items():
            capitolo._tell_new_office(rows, office)
            last = max(capitolo.stanziamento_ids, key=lambda row: row.year)
            if last in rows and last.department_id != capitolo.department_id:
                capitolo._set_office(last.department_id)
        return result
