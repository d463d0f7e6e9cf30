import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useState } from "@odoo/owl";

import { AgentError, signPrepared, signWithCard } from "./agent";
import { PaAgentPanel } from "./agent_panel";

const DONE = { type: "ir.actions.act_window_close" };
const RELOAD = { type: "ir.actions.client", tag: "soft_reload" };

/** What the sign dialog and the enrolment share: the agent's state, a button, what went wrong. */
class AgentWidget extends Component {
    static components = { PaAgentPanel };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.service = useService("pa_firma_agent");
        this.state = useState({ agent: "checking", busy: false, message: "", certificates: [] });
    }

    onState(agent) {
        this.state.agent = agent;
    }

    async run(work) {
        if (this.state.busy || !(await this.props.record.save())) {
            return;
        }
        Object.assign(this.state, { busy: true, message: "" });
        try {
            await work(await this.service.get());
        } catch (error) {
            if (!(error instanceof AgentError)) {
                throw error;
            }
            this.state.message = error.message;
        } finally {
            this.state.busy = false;
        }
    }
}

/** In the sign dialog: signs the record's step with the card. */
export class PaAgentSign extends AgentWidget {
    static template = "pa_firma.AgentSign";

    sign() {
        return this.run(async (agent) => {
            const { passo_id, dispositivo_id, kind, outcome, reason } = this.props.record.data;
            const more = kind === "visto" ? { outcome, reason: reason || "" } : {};
            const ended = [];
            await signWithCard(this.orm, agent, [passo_id.id], dispositivo_id.id, (one) => ended.push(one), more);
            await this.finish(ended, DONE);
        });
    }

    async finish(ended, next) {
        this.state.message = ended.map((one) => one.message).join(" ");
        if (ended.every((one) => one.state === "signed")) {
            await this.action.doAction(next);
        }
    }
}

/** In the dialog that signs an attachment: the same, in the form chosen there. */
export class PaAgentSignFile extends PaAgentSign {
    sign() {
        return this.run(async (agent) => {
            const { documento_id, dispositivo_id, kind, form, envelope } = this.props.record.data;
            const natural = kind === "envelope" || form === "natural";
            const chosen = kind === "cades" ? envelope : !natural && form;
            const args = [[documento_id.id], dispositivo_id.id, chosen];
            const prepare = async () => [await this.orm.call("pa.atto.documento", "prepare_file_signature", args)];
            const ended = [];
            await signPrepared(this.orm, agent, prepare, (one) => ended.push(one));
            await this.finish(ended, RELOAD);
        });
    }
}

/** In the dialog that signs a record of any addon. */
export class PaAgentSignRecord extends PaAgentSign {
    sign() {
        return this.run(async (agent) => {
            const { res_model, res_id, dispositivo_id, shown_sha256 } = this.props.record.data;
            const args = [[res_id], dispositivo_id.id, shown_sha256];
            const prepare = async () => [await this.orm.call(res_model, "action_prepare_record", args)];
            const ended = [];
            await signPrepared(this.orm, agent, prepare, (one) => ended.push(one));
            await this.finish(ended, RELOAD);
        });
    }
}

/** In the enrolment: reads the card's certificate and adds it as a way to sign. */
export class PaAgentEnroll extends AgentWidget {
    static template = "pa_firma.AgentEnroll";

    read() {
        return this.run(async (agent) => {
            const found = await agent.certificates();
            this.state.certificates = found;
            if (found.length === 1) {
                await this.enroll(found[0]);
            } else if (!found.length) {
                throw new AgentError("no_certificate");
            }
        });
    }

    choose(certificate) {
        return this.run(() => this.enroll(certificate));
    }

    async enroll({ certificate, chain }) {
        const { name } = this.props.record.data;
        await this.orm.call("pa.firma.dispositivo", "enroll_card", [name, certificate, chain || []]);
        await this.action.doAction(DONE);
    }
}

registry.category("view_widgets").add("pa_agent_sign", { component: PaAgentSign });
registry.category("view_widgets").add("pa_agent_sign_file", { component: PaAgentSignFile });
registry.category("view_widgets").add("pa_agent_sign_record", { component: PaAgentSignRecord });
registry.category("view_widgets").add("pa_agent_enroll", { component: PaAgentEnroll });
