import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useEffect, useRef, useState } from "@odoo/owl";

/**
 * Asks the password and hands it to a method of the record. It never becomes a field: it is neither saved nor kept.
 */
export class PaPasswordButton extends Component {
    static template = "pa_firma.PasswordButton";
    static props = {
        ...standardWidgetProps,
        string: { type: String },
        method: { type: String },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.input = useRef("password");
        this.state = useState({ busy: false });
        useEffect(
            (el) => {
                // after the dialog has put the focus on itself
                browser.setTimeout(() => el?.focus());
            },
            () => [this.input.el]
        );
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            this.sign();
        }
    }

    async sign() {
        const { record, method } = this.props;
        if (this.state.busy || !(await record.save())) {
            return;
        }
        const password = this.input.el.value;
        this.input.el.value = "";
        this.state.busy = true;
        try {
            const next = await this.orm.call(record.resModel, method, [[record.resId], password]);
            await this.action.doAction(next);
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("pa_password_button", {
    component: PaPasswordButton,
    extractProps: ({ attrs }) => ({ string: attrs.string, method: attrs.method }),
});
