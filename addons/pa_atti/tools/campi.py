"""Fields of our own."""

from collections import defaultdict

from odoo import fields
from odoo.fields import Domain


class WholeOne2many(fields.One2many):
    """A one2many whose lines are always looked at: they come with their columns, in one query instead of two."""

    def read(self, records):  # pylint: disable=method-required-super  # it would search once more, for the ids only
        comodel = records.env[self.comodel_name].with_context(**{"active_test": False, **self.context})
        lines_of = defaultdict(list)
        for line in comodel.search_fetch(self.get_comodel_domain(records) & Domain(self.inverse_name, "in", records.ids)):
            lines_of[line[self.inverse_name].id].append(line.id)
        self._insert_cache(records, [tuple(lines_of[record_id]) for record_id in records._ids])
