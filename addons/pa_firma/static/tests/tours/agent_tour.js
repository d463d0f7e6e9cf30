import { registry } from "@web/core/registry";

const ready = ".o_pa_agent[data-agent=ready]";

function noSecretsKept() {
    const kept = JSON.stringify([localStorage, sessionStorage]) + document.cookie;
    if (/246813579|nonce|127\.0\.0\.1:(?!8069)/.test(kept)) {
        throw new Error("the browser keeps something of the agent's");
    }
}

registry.category("web_tour.tours").add("pa_firma_agent_enroll", {
    steps: () => [
        { content: "A way to sign", trigger: ".o_control_panel button.btn-secondary", run: "click" },
        { content: "One's own card", trigger: ".o_dialog input[data-value=agent]", run: "click" },
        { content: "Not paired yet", trigger: ".o_dialog .o_pa_agent[data-agent=unpaired] .o_pa_agent_pair", run: "click" },
        { content: "Paired", trigger: `.o_dialog ${ready}`, timeout: 30000 },
        { content: "Read the card", trigger: ".o_dialog .o_pa_agent_enroll > .btn-primary:enabled", run: "click" },
        { content: "Enrolled", trigger: "body:not(:has(.o_dialog)) .o_data_row:contains('Responsabile')", timeout: 60000 },
        { content: "Nothing is kept", trigger: "body", run: noSecretsKept },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_one_withdrawn", {
    steps: () => [
        { content: "The agent is ready", trigger: `.o_pa_libro_bar ${ready}` },
        { content: "All three", trigger: ".o_pa_libro_list", run: "press Enter" },
        { trigger: ".o_pa_libro_sign:focus:enabled", run: "press Enter" },
        { content: "The second went away meanwhile, and it is said why", trigger: ".o_pa_libro_row:nth-of-type(3) .text-bg-danger", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(3):contains('Ritirato nel frattempo')" },
        { content: "The others are signed", trigger: ".o_pa_libro_row:nth-of-type(2) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(4) .text-bg-success", timeout: 60000 },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_libro", {
    steps: () => [
        { content: "The agent is ready", trigger: `.o_pa_libro_bar ${ready}` },
        { content: "No password is asked in the page", trigger: ".o_pa_libro_bar:not(:has(input[type=password]))" },
        { content: "The hash that the agent shows", trigger: ".o_pa_libro_sha256:contains(/SHA-256 [0-9a-f]{64}/)" },
        { content: "Keyboard: exclude the second", trigger: ".o_pa_libro_list", run: "press ArrowDown" },
        { trigger: ".o_pa_libro_list", run: "press Space" },
        { trigger: ".o_pa_libro_row[aria-current=true][aria-selected=false]" },
        { content: "Keyboard: to the button", trigger: ".o_pa_libro_list", run: "press Enter" },
        { trigger: ".o_pa_libro_sign:focus:enabled", run: "press Enter" },
        { content: "Two signed, one waits", trigger: ".o_pa_libro_row:nth-of-type(2) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(4) .text-bg-success", timeout: 60000 },
        { trigger: ".o_pa_libro_row:nth-of-type(3):not(:has(.badge))" },
        { content: "Nothing is kept", trigger: "body", run: noSecretsKept },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_dialog", {
    steps: () => [
        { content: "Sign", trigger: ".o_form_statusbar button[name=action_complete_mine]", run: "click" },
        { content: "The very PDF is shown", trigger: ".o_dialog .o_widget_pa_pdf iframe" },
        { content: "No password here", trigger: ".o_dialog .modal-content:not(:has(input[type=password]))" },
        { content: "Wrong PIN, three times", trigger: `.o_dialog .o_pa_agent_sign:has(${ready}) > .btn-primary:enabled`, run: "click" },
        { trigger: ".o_dialog .o_pa_agent_sign > [role=alert]:contains('PIN')", timeout: 60000 },
        { content: "Refused in the window", trigger: ".o_dialog .o_pa_agent_sign > .btn-primary:enabled", run: "click" },
        { trigger: ".o_dialog .o_pa_agent_sign > [role=alert]:not(:contains('PIN'))", timeout: 60000 },
        { content: "Signed", trigger: ".o_dialog .o_pa_agent_sign > .btn-primary:enabled", run: "click" },
        { content: "The dialog closes", trigger: "body:not(:has(.o_dialog))", timeout: 60000 },
        { content: "The panel", trigger: ".o_notebook a[name=firme]", run: "click" },
        { content: "The verdict", trigger: ".o_pa_firme .o_kanban_record:contains('Responsabile') .text-bg-success" },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_file", {
    steps: () => [
        { content: "The attachments", trigger: ".o_notebook a[name=documents]", run: "click" },
        { content: "Sign it", trigger: ".o_data_row:contains('relazione.txt') button[name=action_sign_file]", run: "click" },
        { content: "Pair", trigger: ".o_dialog .o_pa_agent_pair", run: "click" },
        { content: "Sign with the card", trigger: `.o_dialog .o_pa_agent_sign:has(${ready}) > .btn-primary:enabled`, run: "click", timeout: 30000 },
        { content: "Signed", trigger: "body:not(:has(.o_dialog)) .o_data_row:contains('relazione.txt.p7m')", timeout: 60000 },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_off", {
    steps: () => [
        { content: "It is said, with what to do", trigger: ".o_pa_agent[data-agent=off]:contains('pa-firma-agente')", timeout: 30000 },
        { trigger: ".o_pa_libro_sign:disabled" },
        { trigger: ".o_pa_agent_retry", run: "click" },
        { trigger: ".o_pa_agent[data-agent=off]:contains('pa-firma-agente')", timeout: 30000 },
    ],
});

registry.category("web_tour.tours").add("pa_firma_agent_other_card", {
    steps: () => [
        { content: "This agent does not know the site", trigger: ".o_pa_agent_pair", run: "click", timeout: 30000 },
        { content: "Sign both", trigger: `.o_pa_libro_bar:has(${ready}) .o_pa_libro_sign:enabled`, run: "click", timeout: 30000 },
        { content: "Not this card", trigger: ".o_pa_libro_refusal", timeout: 60000 },
        { content: "Both wait, and can be tried again", trigger: ".o_pa_libro_list:not(:has(.badge))" },
        { trigger: ".o_pa_libro_sign:enabled" },
    ],
});
