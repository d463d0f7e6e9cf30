import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";

import { AgentError, signWithCard } from "./agent/agent";
import { PaAgentPanel } from "./agent/agent_panel";
import { PaPdf } from "./pdf_preview";
import { useRefusal } from "./refuse_dialog";
import { PaSecrets } from "./secrets";

const OVER = ["signed", "returned", "rejected"];

/**
 * Libro firma: many documents, each looked at, one password, an outcome per document. What is signed stays signed.
 * Keyboard: arrows move, Space chooses, Enter goes to the password (with one's own card: to the button), Enter there signs,
 * R refuses the current one.
 */
export class LibroFirma extends Component {
    static template = "pa_firma.LibroFirma";
    static components = { Layout, PaAgentPanel, PaPdf, PaSecrets };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.list = useRef("list");
        this.register = (secrets) => {
            this.secrets = secrets;
        };
        this.signButton = useRef("sign");
        this.agent = useService("pa_firma_agent");
        this.state = useState({ rows: [], devices: [], deviceId: 0, text: "", tipo: "", office: "", current: 0, busy: false, done: false, agent: "", refusal: "" });
        this.display = { controlPanel: {} };
        this.bus = useService("bus_service");
        const listen = (outcome) => this.onOutcome(outcome);
        this.bus.subscribe("pa_firma/progress", listen);
        onWillUnmount(() => this.bus.unsubscribe("pa_firma/progress", listen));
        onWillStart(() => this.load());
        const focus = () => this.list.el?.focus();
        this.refuse = useRefusal((outcome) => this.onOutcome({ ...outcome, selected: outcome.state === "refused" }), focus);
        useEffect(
            () => {
                this.list.el?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.current]
        );
        useEffect(
            (el) => {
                el?.focus();
            },
            () => [this.list.el]
        );
    }

    async load() {
        const ids = this.props.action.context.active_model === "pa.atto" ? this.props.action.context.active_ids : null;
        const { rows, devices } = await this.orm.call("pa.firma.libro", "load_documents", [ids || false]);
        this.state.rows = rows.map((row) => ({ ...row, selected: true, state: "waiting", message: "" }));
        this.state.devices = devices;
        this.state.deviceId = devices[0]?.id || 0;
        this.state.current = rows[0]?.passo_id || 0;
    }

    get rows() {
        const { tipo, office } = this.state;
        const text = this.state.text.trim().toLowerCase();
        return this.state.rows.filter(
            (row) =>
                (!text || `${row.atto} ${row.tipo} ${row.office} ${row.step}`.toLowerCase().includes(text)) &&
                (!tipo || row.tipo === tipo) &&
                (!office || row.office === office)
        );
    }

    /** What there is to choose from among the documents, where there is more than one. */
    choices(name) {
        const found = [...new Set(this.state.rows.map((row) => row[name]))].sort();
        return found.length > 1 ? found : [];
    }

    get chosen() {
        return this.rows.filter((row) => row.selected && !OVER.includes(row.state));
    }

    get current() {
        return this.rows.find((row) => row.passo_id === this.state.current) || this.rows[0];
    }

    get device() {
        return this.state.devices.find((device) => device.id === this.state.deviceId) || {};
    }

    get canSign() {
        const ready = this.device.kind !== "agent" || this.state.agent === "ready";
        return ready && !this.state.busy && this.chosen.length > 0;
    }

    get ended() {
        return this.state.rows.filter((row) => ["refused", ...OVER].includes(row.state)).length;
    }

    get allChosen() {
        const open = this.rows.filter((row) => !OVER.includes(row.state));
        return open.length > 0 && open.every((row) => row.selected);
    }

    isOver(row) {
        return OVER.includes(row.state);
    }

    due(row) {
        return row.date_due ? formatDate(deserializeDate(row.date_due)) : "";
    }

    toggle(row) {
        if (!OVER.includes(row.state) && !this.state.busy) {
            row.selected = !row.selected;
        }
    }

    toggleAll() {
        const value = !this.allChosen;
        for (const row of this.rows.filter((r) => !OVER.includes(r.state))) {
            row.selected = value;
        }
    }

    move(step) {
        const index = this.rows.indexOf(this.current) + step;
        const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
        this.state.current = row ? row.passo_id : 0;
    }

    onListKeydown(ev) {
        const keys = {
            ArrowDown: () => this.move(1),
            ArrowUp: () => this.move(-1),
            " ": () => this.current && this.toggle(this.current),
            Enter: () => (this.device.kind === "agent" ? this.signButton.el : this.secrets)?.focus(),
            r: () => this.refuseCurrent(),
            R: () => this.refuseCurrent(),
        };
        if (keys[ev.key] && !ev.ctrlKey && !ev.altKey && !ev.metaKey) {
            ev.preventDefault();
            ev.stopPropagation();
            keys[ev.key]();
        }
    }

    refuseCurrent() {
        const row = this.current;
        if (row && !this.state.busy && !OVER.includes(row.state)) {
            this.refuse([row]);
        }
    }

    onOutcome(outcome) {
        const row = this.state.rows.find((r) => r.passo_id === outcome.passo_id);
        if (row) {
            Object.assign(row, outcome);
        }
    }

    async sign() {
        const chosen = this.chosen;
        if (!this.canSign) {
            return;
        }
        Object.assign(this.state, { busy: true, done: false, refusal: "" });
        for (const row of chosen) {
            Object.assign(row, { state: "signing", message: "" });
        }
        try {
            await this.signSteps(chosen.map((row) => row.passo_id));
            this.state.done = true;
        } catch (error) {
            if (!(error instanceof AgentError)) {
                throw error;
            }
            this.state.refusal = error.message;
        } finally {
            for (const row of chosen.filter((r) => r.state === "signing")) {
                row.state = "waiting";
            }
            this.state.busy = false;
            this.list.el?.focus();
        }
    }

    async signSteps(ids) {
        const listen = (outcome) => this.onOutcome(outcome);
        if (this.device.kind === "agent") {
            await signWithCard(this.orm, await this.agent.get(), ids, this.device.id, listen);
            return;
        }
        const typed = this.secrets.take();
        (await this.orm.call("pa.firma.libro", "sign", [ids, this.device.id], typed)).forEach(listen);
    }

    get summary() {
        const count = (state) => this.state.rows.filter((row) => row.state === state).length;
        return _t("%(signed)s signed, %(refused)s refused, %(waiting)s waiting", {
            signed: count("signed"),
            refused: count("refused"),
            waiting: count("waiting"),
        });
    }

    openAct(row) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "pa.atto",
            res_id: row.atto_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("pa_firma.libro_firma", LibroFirma);
