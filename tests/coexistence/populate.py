"""A company group that already lives in Odoo: two companies, each with its own books, people and habits."""

from odoo.fields import Command, Date

env["base.language.install"].create(
    {"lang_ids": [Command.link(env.ref("base.lang_fr").id)]}
).lang_install()
plans = env["account.analytic.plan"].create(
    [{"name": "Progetti europei"}, {"name": "Centri di costo", "default_applicability": "mandatory"}]
)
plans[1].copy({"name": "Centri di costo: dettaglio", "parent_id": plans[1].id})
companies = env.company | env["res.company"].create({"name": "Unione dei Comuni", "street": "Via Roma 1"})
env.user.company_ids |= companies


def people(company):
    """Offices, employees, users with groups of several sorts."""
    head = env["hr.department"].create({"name": f"Direzione {company.id}", "company_id": company.id})
    below = env["hr.department"].create(
        [
            {"name": f"Ufficio {n} di {company.id}", "company_id": company.id, "parent_id": head.id}
            for n in range(3)
        ]
    )
    groups = ("account.group_account_invoice", "hr.group_hr_user", "analytic.group_analytic_accounting")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            [
                {
                    "name": f"Utente {n}", "login": f"utente{n}.{company.id}", "password": "segretissima",
                    "company_id": company.id, "company_ids": [Command.set(company.ids)], "lang": "fr_FR",
                    "group_ids": [Command.link(env.ref(group).id)],
                }
                for n, group in enumerate(groups)
            ]
        )
    )
    env["hr.employee"].create(
        [
            {"name": user.name, "user_id": user.id, "company_id": company.id, "department_id": office.id}
            for user, office in zip(users, below)
        ]
    )
    head.manager_id = users[1].employee_id
    return users


def books(company):
    """Chart, analytic accounts and items, posted and draft entries, a customer's invoice."""
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    mine = env(context={**env.context, "allowed_company_ids": company.ids, "tracking_disable": False})
    accounts = mine["account.analytic.account"].create(
        [
            {"name": f"Conto {n}", "code": f"C{n}", "plan_id": plans[n % 2].id, "company_id": company.id}
            for n in range(6)
        ]
    )
    income = mine["account.account"].search([("account_type", "=", "income")], limit=1)
    expense = mine["account.account"].search([("account_type", "=", "expense")], limit=1)
    both = {",".join(map(str, accounts[:2].ids)): 100}
    moves = mine["account.move"].create(
        [
            {
                "move_type": "entry", "date": Date.today(),
                "line_ids": [
                    Command.create({"account_id": expense.id, "debit": 100 + n, "analytic_distribution": both}),
                    Command.create({"account_id": income.id, "credit": 100 + n, "analytic_distribution": both}),
                ],
            }
            for n in range(4)
        ]
    )
    moves[:3].action_post()
    partner = mine["res.partner"].create({"name": f"Cliente di {company.name}", "vat": "IT12345670017"})
    invoice = mine["account.move"].create(
        {
            "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": Date.today(),
            "invoice_line_ids": [Command.create({"name": "Servizio", "price_unit": 10, "account_id": income.id})],
        }
    )
    invoice.action_post()
    invoice.message_post(body="Già pagata")
    mine["account.analytic.distribution.model"].create(
        {"partner_id": partner.id, "analytic_distribution": both, "company_id": company.id}
    )
    return partner


for company in companies:
    users, partner = people(company), books(company)
    partner.activity_schedule("mail.mail_activity_data_todo", user_id=users[0].id, summary="Richiamare")
    env["ir.attachment"].create(
        {"name": "contratto.txt", "raw": b"testo", "res_model": "res.partner", "res_id": partner.id}
    )
    env["ir.sequence"].create({"name": "Protocollo", "code": "proto", "company_id": company.id, "number_next": 41})
    env["ir.default"].set("res.partner", "comment", "ciao", user_id=users[0].id, company_id=company.id)
env["ir.config_parameter"].set_param("comune.parametro", "quarantadue")
env["ir.config_parameter"].set_param("web.base.url", "http://comune.example")
env["ir.rule"].create(
    {"name": "Regola di casa", "model_id": env.ref("base.model_res_partner").id, "domain_force": "[(1, '=', 1)]"}
)
env["ir.filters"].create({"name": "Filtro di casa", "model_id": "res.partner", "domain": "[]"})
