import { registry } from "@web/core/registry";

const open = [
    { content: "The addon's own button", trigger: ".o_form_statusbar button[name=action_open_signing]", run: "click" },
    { content: "The very PDF is shown", trigger: ".o_dialog .o_widget_pa_pdf iframe" },
];
const signed = [
    { content: "Signed", trigger: "body:not(:has(.o_dialog)) .o_field_widget[name=pa_firma_ids] .text-bg-success", timeout: 60000 },
];

registry.category("web_tour.tours").add("pa_firma_record", {
    steps: () => [
        ...open,
        { trigger: ".o_dialog #pa_firma_password", run: "edit una-Parola-segreta-7391" },
        { trigger: ".o_dialog .o_pa_password_button .btn-primary", run: "click" },
        ...signed,
    ],
});

registry.category("web_tour.tours").add("pa_firma_record_remote", {
    steps: () => [
        ...open,
        { trigger: ".o_dialog #pa_firma_account_password", run: "edit parola-del-conto-77" },
        { trigger: ".o_dialog .o_pa_send_code", run: "click" },
        { trigger: ".o_dialog #pa_firma_otp:focus", run: "edit otp-1357924680", timeout: 30000 },
        { trigger: ".o_dialog #pa_firma_account_password", run: "edit parola-del-conto-77" },
        { trigger: ".o_dialog #pa_firma_password", run: "edit pin-246813579" },
        { trigger: ".o_dialog .o_pa_password_button button.btn-primary", run: "click" },
        ...signed,
    ],
});

registry.category("web_tour.tours").add("pa_firma_record_agent", {
    steps: () => [
        ...open,
        { content: "No password here", trigger: ".o_dialog .modal-content:not(:has(input[type=password]))" },
        { trigger: ".o_dialog .o_pa_agent_sign:has(.o_pa_agent[data-agent=ready]) > .btn-primary:enabled", run: "click", timeout: 30000 },
        ...signed,
    ],
});
