import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useState } from "@odoo/owl";

import { PaSecrets } from "./secrets";

const PASSWORD_ONLY = { kind: "key_file", asks: ["password"], sends_code: false };

/**
 * Asks what the way to sign wants (the record's field `asks`; a password where it has none) and hands it to a method of
 * the record. It never becomes a field: it is neither saved nor kept.
 */
export class PaPasswordButton extends Component {
    static template = "pa_firma.PasswordButton";
    static components = { PaSecrets };
    static props = {
        ...standardWidgetProps,
        string: { type: String },
        method: { type: String },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ busy: false });
        this.register = (secrets) => {
            this.secrets = secrets;
        };
    }

    get device() {
        return this.props.record.data.asks || PASSWORD_ONLY;
    }

    async sign() {
        const { record, method } = this.props;
        if (this.state.busy || !(await record.save())) {
            return;
        }
        const typed = this.secrets.take();
        this.state.busy = true;
        try {
            const next = await this.orm.call(record.resModel, method, [[record.resId]], typed);
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
