import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { useState } from "@odoo/owl";
import { useActChanges } from "./live";

/** The act's page follows what others do. Unsaved edits are never thrown away: a banner says that the act changed. */
export class AttoFormController extends formView.Controller {
    static template = "pa_atti.AttoFormView";

    setup() {
        super.setup();
        this.live = useState({ changedElsewhere: false });
        useActChanges((ids) => this.onActsChanged(ids));
    }

    async onActsChanged(ids) {
        await this.model.whenReady; // it may come before the act
        const { root } = this.model;
        if (!root?.resId || (ids.length && !ids.includes(root.resId))) {
            return;
        }
        if (await root.isDirty()) {
            this.live.changedElsewhere = true;
        } else {
            await this.reloadAct();
        }
    }

    async reloadAct() {
        this.live.changedElsewhere = false;
        await this.model.root.load();
    }

    async discardAndReload() {
        await this.model.root.discard();
        await this.reloadAct();
    }
}

registry.category("views").add("pa_atto_form", { ...formView, Controller: AttoFormController });
