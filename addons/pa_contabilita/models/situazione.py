import base64
import io

from odoo import api, fields, models

from .stanziamento import COUNTERS

COLUMNS = (
    "code", "name", "year", "department_id", "missione_id", "programma_id", "pdc_id", "assestato", "fpv", "bloccato", "prenotato",
    "impegnato", "liquidato", "pagato", "disponibile",
)


class PaSituazione(models.Model):
    """Situation of the chapters, read from the counters: it costs the same with ten movements or with a million."""

    _name = "pa.situazione"
    _description = "Situation of chapters"
    _auto = False
    _order = "year desc, capitolo_id"
    _rec_name = "capitolo_id"
    _depends = {
        "pa.stanziamento": [
            "capitolo_id", "esercizio_id", "department_id", "programma_id", "pdc_id", "no_ceiling", *COUNTERS,
        ],
        "pa.capitolo": ["code", "name", "no_impegni"],
        "pa.esercizio": ["state"],
    }

    stanziamento_id = fields.Many2one("pa.stanziamento", "Appropriation row", readonly=True)
    capitolo_id = fields.Many2one("pa.capitolo", "Chapter", readonly=True)
    code = fields.Char("Chapter no.", readonly=True)
    name = fields.Char("Description", readonly=True)
    side = fields.Selection([("expense", "Expense"), ("income", "Revenue")], readonly=True)
    year = fields.Integer(readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    department_id = fields.Many2one("hr.department", "Office in charge", readonly=True)
    missione_id = fields.Many2one("pa.missione", "Mission", readonly=True)
    programma_id = fields.Many2one("pa.programma", "Programme", readonly=True)
    titolo_id = fields.Many2one("pa.titolo", "Title", readonly=True)
    pdc_id = fields.Many2one("pa.pdc", "Level 5 code", readonly=True)
    assestato = fields.Monetary("Appropriation", readonly=True)
    fpv = fields.Monetary("FPV", readonly=True)
    bloccato = fields.Monetary("Hold", readonly=True)
    prenotato = fields.Monetary("Reserved", readonly=True)
    impegnato = fields.Monetary("Committed", readonly=True)
    liquidato = fields.Monetary("Approved for payment", readonly=True)
    pagato = fields.Monetary("Paid", readonly=True)
    cassa = fields.Monetary("Cash appropriation", readonly=True)
    disponibile = fields.Monetary("Available", readonly=True)
    no_ceiling = fields.Boolean("Without ceiling", readonly=True)
    can_commit = fields.Boolean("Open to commitments", readonly=True)
    is_mine = fields.Boolean("Mine", compute="_compute_is_mine", search="_search_is_mine")

    @property
    def _table_query(self):
        # Both are always there: said as LEFT JOINs, a query that asks nothing of them does without.
        return """
            SELECT s.id, s.id AS stanziamento_id, s.capitolo_id, c.code, c.name, s.side, s.year, s.company_id, s.department_id,
                   s.missione_id, s.programma_id, s.titolo_id, s.pdc_id, s.assestato, s.fpv, s.bloccato, s.prenotato,
                   s.impegnato, s.liquidato, s.pagato, s.cassa, s.no_ceiling,
                   s.side = 'expense' AND e.state = 'open' AND NOT COALESCE(c.no_impegni, FALSE) AS can_commit,
                   CASE WHEN e.state = 'closed' THEN 0
                        ELSE s.assestato - s.fpv - s.bloccato - s.prenotato - s.impegnato END AS disponibile
              FROM pa_stanziamento s
              LEFT JOIN pa_capitolo c ON c.id = s.capitolo_id
              LEFT JOIN pa_esercizio e ON e.id = s.esercizio_id
        """

    @api.depends_context("uid")
    def _compute_is_mine(self):
        for record in self:
            record.is_mine = self.env["pa.capitolo"]._is_year_mine(record)

    @api.model
    def _search_is_mine(self, operator, value):
        return self.env["pa.capitolo"]._search_year_mine(operator, value)

    def action_open_movimenti(self):
        """The movements behind the figure whose counter is in the context."""
        self.ensure_one()
        return self.stanziamento_id.action_open_movimenti()

    def action_new_determina(self):
        self.ensure_one()
        return self.stanziamento_id.action_new_determina()

    def action_export_xlsx(self):
        """The chosen rows as an XLSX file (when none is chosen, those of the list, or all that the user sees)."""
        records = self or self.search(self.env.context.get("active_domain", []))
        data = base64.b64encode(records._xlsx())
        attachment = self.env["ir.attachment"].create({
            "name": self.env._("Situation of chapters") + ".xlsx", "datas": data, "res_model": self._name,
        })
        return {"type": "ir.actions.act_url", "url": f"/web/content/{attachment.id}?download=true", "target": "self"}

    @api.model
    def _rows(self, names, domain=()):
        """These columns of the rows that the user may see, as tuples (ids for relations): one query, no records made, so
        that five thousand chapters cost what the bare SELECT costs."""
        self.browse().check_access("read")
        self.env["pa.stanziamento"].flush_model()
        query = self._search(list(domain), order=self._order)
        return self.env.execute_query(query.select(*(self._field_to_sql(self._table, name, query) for name in names)))

    def _many2one_names(self):
        """Column -> id -> name, for the columns that are relations."""
        relations = {name: self[name] for name in COLUMNS if self._fields[name].type == "many2one"}
        return {name: {record.id: record.display_name for record in found} for name, found in relations.items()}

    def _xlsx(self):
        import xlsxwriter

        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet, money = book.add_worksheet(), book.add_format({"num_format": "#,##0.00"})
            sheet.write_row(0, 0, [self._fields[name]._description_string(self.env) for name in COLUMNS])
            names = self._many2one_names()
            for number, row in enumerate(self._rows(COLUMNS, [("id", "in", self.ids)]), 1):
                for column, (name, value) in enumerate(zip(COLUMNS, row)):
                    if self._fields[name].type == "monetary":
                        sheet.write_number(number, column, value, money)
                    else:
                        sheet.write(number, column, names[name].get(value, "") if name in names else value)
        return output.getvalue()
