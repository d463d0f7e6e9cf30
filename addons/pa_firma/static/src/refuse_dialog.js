import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";

import { Component, useEffect, useRef, useState } from "@odoo/owl";

/** Asks why a signature is refused, and what becomes of the act. Ctrl+Enter confirms. */
export class RefuseDialog extends Component {
    static template = "pa_firma.RefuseDialog";
    static components = { Dialog };
    static props = { names: { type: Array }, refuse: { type: Function }, close: { type: Function } };

    setup() {
        this.state = useState({ outcome: "returned", reason: "", missing: false, busy: false });
        this.reason = useRef("reason");
        useEffect(
            (el) => el?.focus(),
            () => [this.reason.el]
        );
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            this.confirm();
        }
    }

    async confirm() {
        const reason = this.state.reason.trim();
        this.state.missing = !reason;
        if (!reason) {
            this.reason.el.focus();
            return;
        }
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await this.props.refuse(this.state.outcome, reason);
            this.props.close();
        } finally {
            this.state.busy = false;
        }
    }
}

/**
 * For the libro firma: a function that refuses some of its rows.
 *
 * @param {Function} onOutcome called with {passo_id, state, message} of each document
 * @param {Function} focus puts the focus back where it was
 */
export function useRefusal(onOutcome, focus) {
    const orm = useService("orm");
    const dialog = useService("dialog");
    return (rows) => {
        if (!rows.length) {
            return;
        }
        const refuse = async (outcome, reason) => {
            const ids = rows.map((row) => row.passo_id);
            (await orm.call("pa.firma.libro", "refuse", [ids, outcome, reason])).forEach(onOutcome);
        };
        dialog.add(RefuseDialog, { names: rows.map((row) => row.atto), refuse }, { onClose: focus });
    };
}
