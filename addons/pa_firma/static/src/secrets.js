import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component, onMounted, onPatched, useRef, useState } from "@odoo/owl";

const ORDER = ["account_password", "password", "otp"];

/**
 * What a way to sign asks of the person. It is typed, handed over once and forgotten: it is neither state nor stored.
 */
export class PaSecrets extends Component {
    static template = "pa_firma.Secrets";
    static props = {
        /** As `_described()` of pa.firma.dispositivo says. */
        device: { type: Object },
        /** Before the names of the inputs. */
        prefix: { type: String },
        busy: { type: Boolean },
        focus: { type: Boolean, optional: true },
        onSubmit: { type: Function },
        /** Receives `{take, focus}`. */
        register: { type: Function },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.state = useState({ sending: false });
        this.props.register({ take: () => this.take(), focus: () => this.inputs[0]?.focus() });
        this.focused = false;
        const focus = () => {
            if (this.props.focus && !this.focused && this.inputs.length) {
                this.focused = true;
                // after the dialog has put the focus on itself
                browser.setTimeout(() => this.inputs[0]?.focus());
            }
        };
        onMounted(focus);
        onPatched(focus);
    }

    get inputs() {
        return [...(this.root.el?.querySelectorAll("input") || [])];
    }

    get names() {
        return ORDER.filter((name) => this.props.device.asks.includes(name));
    }

    label(name) {
        if (name === "account_password") {
            return _t("Account password");
        }
        if (name === "otp") {
            return _t("One-time code");
        }
        return ["token", "remote"].includes(this.props.device.kind) ? _t("PIN") : _t("Password");
    }

    /** What was typed, by name; the inputs are emptied. */
    take() {
        const typed = {};
        for (const input of this.inputs) {
            typed[input.name] = input.value;
            input.value = "";
        }
        return typed;
    }

    onKeydown(ev) {
        if (ev.key !== "Enter") {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const next = this.inputs[this.inputs.indexOf(ev.target) + 1];
        if (next) {
            next.focus();
        } else {
            this.props.onSubmit();
        }
    }

    async sendCode() {
        const typed = this.inputs.find((input) => input.name === "account_password");
        this.state.sending = true;
        try {
            const kwargs = typed ? { account_password: typed.value } : {};
            await this.orm.call(this.props.device.model, "send_code", [[this.props.device.id]], kwargs);
            this.notification.add(_t("The service has sent the code."), { type: "success" });
            this.inputs.find((input) => input.name === "otp")?.focus();
        } finally {
            this.state.sending = false;
        }
    }
}
