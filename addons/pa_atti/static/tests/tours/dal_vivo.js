import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

const heard = [];

/** The test's server commits nothing, so no notification is ever sent: the tour says itself what the bus would say. */
function overhearBus() {
    const bus = odoo.__WOWL_DEBUG__.root.env.services.bus_service;
    const { subscribe } = bus;
    bus.subscribe = (type, callback) => {
        if (type === "pa_atti/changed") {
            heard.push(callback);
        }
        return subscribe(type, callback);
    };
}

const actId = () => Number(/\/(\d+)(?:$|\?)/.exec(location.pathname)[1]);
const announce = () => heard.forEach((callback) => callback({ id: actId() }));
const call = (method, ...args) =>
    rpc(`/web/dataset/call_kw/pa.atto/${method}`, { model: "pa.atto", method, args: [[actId()], ...args], kwargs: {} });

registry.category("web_tour.tours").add("pa_atti_dal_vivo", {
    steps: () => [
        { content: "listen", trigger: ".o_pa_desk", run: overhearBus },
        { content: "my drafts", trigger: ".o_pa_tile[data-tile=draft]", run: "click" },
        { content: "the draft", trigger: ".o_data_row .o_data_cell[name=oggetto]:contains(Sfalcio)", run: "click" },
        { content: "write, without saving", trigger: "div[name=oggetto] textarea", run: "edit Sfalcio, non salvato" },
        { content: "the act changes elsewhere", trigger: ".o_form_button_save:enabled", run: announce },
        { content: "a banner says so", trigger: ".o_pa_changed" },
        {
            content: "what I wrote is still there",
            trigger: "div[name=oggetto] textarea",
            run() {
                if (this.anchor.value !== "Sfalcio, non salvato") {
                    throw new Error(`the edit was lost: ${this.anchor.value}`);
                }
            },
        },
        { content: "discard", trigger: ".o_pa_changed button", run: "click" },
        { content: "as it was", trigger: "body:not(:has(.o_pa_changed))" },
        {
            content: "withdrawn elsewhere",
            trigger: ".o_statusbar_buttons button[name=action_start]:visible",
            async run() {
                await call("action_abandon", "Doppione");
                announce();
            },
        },
        { content: "the page follows by itself", trigger: ".o_statusbar_status .o_arrow_button_current[data-value=abandoned]" },
        { content: "and says why", trigger: "[name=closing_reason]:contains(Doppione)" },
    ],
});
