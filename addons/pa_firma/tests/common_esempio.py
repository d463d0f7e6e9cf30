import re
import types
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import weasyprint

from odoo import fields, models
from odoo.orm.model_classes import add_to_registry
from odoo.orm.models import MetaModel
from odoo.tools.convert import convert_xml_import

from .common import PASSWORD

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "developers.md"


class StandIn(models.Model):
    """What the example builds on: as much of Odoo's purchase orders as it needs, where that addon is not installed."""

    _name = "purchase.order"
    _description = "Purchase order"
    _module = "pa_firma"

    name = fields.Char()
    state = fields.Selection([("draft", "Draft"), ("purchase", "Purchase")], default="draft")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)


MetaModel._module_to_models__["pa_firma"].remove(StandIn)  # of these tests only: no registry finds it by itself


def blocks():
    """The Python and the XML of the guide, as they are there."""
    chapter = GUIDE.read_text().split("## Another addon signs its own documents")[1].split("\n## ")[0]
    return [re.search(rf"```{kind}\n(.*?)```", chapter, re.DOTALL)[1] for kind in ("python", "xml")]


def example_model(python):
    """The class that the guide writes."""
    module = types.ModuleType("odoo.addons.pa_firma.tests.guide")
    module.models = models
    exec(compile(python, str(GUIDE), "exec"), module.__dict__)
    MetaModel._module_to_models__["pa_firma"].remove(module.PurchaseOrder)
    return module.PurchaseOrder


class EsempioCommon:
    """Purchase orders that are signed, exactly as the guide for developers says. To be mixed into a test case."""

    @classmethod
    def _install_example(cls):
        python, xml = blocks()
        cls.addClassCleanup(cls._forget_example)
        for model in (StandIn, example_model(python)):
            add_to_registry(cls.registry, model)
        cls.registry._setup_models__(cls.env.cr, ["purchase.order"])
        cls.registry.init_models(cls.env.cr, ["purchase.order"], {"models_to_check": True})
        rights = dict.fromkeys(("perm_read", "perm_write", "perm_create"), True)
        for name, group, perms in (("o", "group_operatore", rights), ("c", "group_consultazione", {"perm_read": True})):
            model = {"name": name, "model_id": cls.env["ir.model"]._get_id("purchase.order")}
            cls.env["ir.model.access"].create({**model, "group_id": cls.env.ref(f"pa_atti.{group}").id, **perms})
        cls.env["ir.rule"].create({"name": "o", "model_id": model["model_id"], "domain_force": "[('company_id', 'in', company_ids)]"})
        cls._install_view(xml)
        renderer = patch.object(type(cls.env["ir.actions.report"]), "_render_qweb_pdf", cls._rendered)
        cls.startClassPatcher(renderer)

    @classmethod
    def _install_view(cls, xml):
        arch = '<form><header><field name="state" widget="statusbar" /></header><sheet><field name="name" /></sheet></form>'
        view = cls.env["ir.ui.view"].create({"name": "purchase", "model": "purchase.order", "arch": arch})
        cls.env["ir.model.data"].create(
            {"module": "purchase", "name": "purchase_order_form", "model": "ir.ui.view", "res_id": view.id}
        )
        source = BytesIO(f"<odoo>{xml}</odoo>".encode())
        source.name = str(GUIDE)
        convert_xml_import(cls.env, "pa_firma", source, noupdate=False)
        cls.order_action = cls.env["ir.actions.act_window"].create({"name": "Ordini", "res_model": "purchase.order", "view_mode": "form"})

    @staticmethod
    def _rendered(_self, report, ids, *_args):
        """Odoo's renderer is a program outside; here as much of it as a PDF."""
        assert report == "purchase.report_purchaseorder"
        return weasyprint.HTML(string=f"<h1>Ordine {ids}</h1>").write_pdf(pdf_variant="pdf/a-2u"), "pdf"

    @classmethod
    def _forget_example(cls):
        cls.registry.__delitem__("purchase.order")
        cls.registry._setup_models__(cls.env.cr, [])

    def _order(self, user=None, **vals):
        return self.env["purchase.order"].with_user(user or self.responsabile).create({"name": "P7", "state": "purchase"} | vals)

    def _signed_order(self, user=None):
        user = user or self.responsabile
        order = self._order(user)
        order.action_open_signing()
        order.action_sign_record(self._device_of(user).id, PASSWORD)
        return order
