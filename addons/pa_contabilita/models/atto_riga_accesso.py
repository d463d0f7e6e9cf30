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
            for capitolo in riga._chapters():
                if not riga._is_own(capitolo):
                    seen = capitolo.sudo(False).has_access("read")
                    raise AccessError(
                        self.env._("Chapter %s belongs to another office.", capitolo.code) if seen
                        else self.env._("This chapter belongs to another office.")
                    )

    def _chapters(self):
        """Every chapter that this line touches."""
        return (
            self.capitolo_id | self.impegno_id.capitolo_id | self.prenotazione_id.capitolo_id | self.source_riga_id.capitolo_id
        )

    def _is_own(self, capitolo):
        office = capitolo.department_id
        return not office or office in capitolo._my_offices()

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
        return all(self._may_be_told(self[name]) for name in AIMS if self[name])

    def _may_see_room(self):
        """Figures are for who may read the chapter, and for who works on the act: its office, and the people of its steps
        under way (the delegate who grants the visa need not be of the finance office)."""
        self.ensure_one()
        if not self._is_stored_so():
            return self._may_read_aims()
        atto = self._origin.atto_id  # as it is stored: the page being written may say another office
        return atto.in_my_offices or atto.waiting_for_me or self._may_read_aims()
