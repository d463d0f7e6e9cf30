import { useService } from "@web/core/utils/hooks";

import { Component, onWillStart, useState } from "@odoo/owl";

import { AgentError, pairingCode } from "./agent";

/** Says whether this computer's agent can sign, and what to do when it cannot: start it, or pair it. */
export class PaAgentPanel extends Component {
    static template = "pa_firma.AgentPanel";
    static props = { onState: { type: Function, optional: true }, needsPin: { type: Boolean, optional: true } };
    static defaultProps = { needsPin: true };

    setup() {
        this.service = useService("pa_firma_agent");
        this.state = useState({ agent: "checking", code: "", message: "" });
        onWillStart(() => {
            this.check(); // not awaited: the screen does not wait for the agent
        });
    }

    async check() {
        this.state.message = "";
        await this.follow(async () => {
            this.set(await (await this.service.get()).state());
        });
    }

    async pair() {
        this.state.message = "";
        this.state.code = pairingCode();
        await this.follow(async () => {
            await (await this.service.get()).pair(this.state.code);
            this.set("ready");
        });
        this.state.code = "";
    }

    async follow(work) {
        try {
            await work();
        } catch (error) {
            if (!(error instanceof AgentError)) {
                throw error;
            }
            this.state.message = error.code === "off" ? "" : error.message; // the panel itself says that one
            this.set(["off", "blocked"].includes(error.code) ? "off" : "unpaired");
        }
    }

    set(agent) {
        this.state.agent = agent;
        this.props.onState?.(agent);
    }
}
