from odoo import fields, models, tools


class PaTempi(models.Model):
    """Times of the steps done, from the steps themselves: half of them took no longer than the median, nine in ten no
    longer than the 90th percentile. Medians do not add up, so each row has its own and groups show none."""

    _name = "pa.tempi"
    _description = "Times per step"
    _auto = False
    _order = "month desc, median desc"

    month = fields.Char(readonly=True)
    tipo_id = fields.Many2one("pa.atto.tipo", "Type", readonly=True)
    department_id = fields.Many2one("hr.department", "Office", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    name = fields.Char("Step", readonly=True)
    kind = fields.Selection(lambda self: self.env["pa.atto.passo"]._fields["kind"]._description_selection(self.env), readonly=True)
    count = fields.Integer("Steps done", readonly=True)
    late = fields.Integer("Done late", readonly=True)
    mean = fields.Float("Mean (days)", readonly=True, aggregator="avg", digits=(16, 1))
    median = fields.Float("Median (days)", readonly=True, aggregator=None, digits=(16, 1))
    p90 = fields.Float("90th percentile (days)", readonly=True, aggregator=None, digits=(16, 1))

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """
            CREATE VIEW pa_tempi AS
            SELECT min(passo.id) AS id, to_char(passo.date_done, 'YYYY-MM') AS month, passo.tipo_id,
                   passo.department_id, passo.company_id, passo.name, passo.kind, count(*) AS count,
                   count(*) FILTER (WHERE (passo.date_done AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Rome')::date
                                          > passo.date_due) AS late,
                   avg(passo.hours) / 24 AS mean,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY passo.hours) / 24 AS median,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY passo.hours) / 24 AS p90
              FROM pa_atto_passo passo
             WHERE passo.state = 'done' AND passo.automatic IS NOT TRUE AND passo.date_done IS NOT NULL
             GROUP BY 2, 3, 4, 5, 6, 7
            """
        )
