from odoo import models
from odoo.exceptions import AccessError

from .atto_riga import AIMS


class PaAttoRiga(models.Model):
    """To whom a line tells what it points at. Its relations are read with elevated rights, and a page that is being written
    (onchange) may point anywhere: whoever asks is told of another office's chapter only by a line that was stored so."""

    _inherit = "pa.atto.riga"

    def _check_own_chapters(self):
        """A head of service spends only on the own chapters; relations do not pass record rules, so they are asked here."""
        if self.env.su or self.env.user.has_group("pa_contabilita.group_ragioneria"):
            return
        for riga in self.sudo():  # the chapter may be one that the user does not see
            for capitolo, year in riga._chapters():
                office = capitolo._office_in(year)
                if office and office not in capitolo._my_offices():
                    seen = capitolo.sudo(False).has_access("read")
                    raise AccessError(
                        self.env._("Chapter %(code)s belongs to another office in %(year)s.", code=capitolo.code, year=year)
                        if seen else self.env._("This chapter belongs to another office.")
                    )

    def _chapters(self):
        """Every chapter, with its year, that this line touches."""
        touched = (self, self.impegno_id, self.prenotazione_id, self.source_riga_id)
        return {(record.capitolo_id, record.year) for record in touched if record.capitolo_id}

    def _is_stored_so(self):
        """Whether this is what the database holds: who wrote it was allowed to."""
        stored = self._origin
        return bool(stored) and (
            stored == self or all(self[name] == stored[name] for name in (*AIMS, "kind", "year"))
        )

    def _may_be_told(self, record):
        """Whether the user, whatever rights this is computed with, may read ``record``."""
        return record._origin.sudo(False).has_access("read")

    def _may_read_aims(self):
        target = self._target()  # of a chapter that one reads, the year may be of another office
        return all(self._may_be_told(self[name]) for name in AIMS if self[name]) and (
            not target or self._may_be_told(target)
        )

    def _may_see_room(self):
        """Figures are for who may read the chapter, and for who works on the act: its office, and the people of its steps
        under way (the delegate who grants the visa need not be of the finance office)."""
        self.ensure_one()
        if not self._is_stored_so():
            return self._may_read_aims()
        atto = self._origin.atto_id  # as it is stored: the page being written may say another office
        return atto.in_my_offices or atto.waiting_for_me or self._may_read_aims()
