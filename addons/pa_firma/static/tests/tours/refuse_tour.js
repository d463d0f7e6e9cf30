import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("pa_firma_refuse", {
    steps: () => [
        { content: "Three documents", trigger: ".o_pa_libro_row:nth-of-type(4)" },
        { content: "Keyboard: refuse the one shown", trigger: ".o_pa_libro_list", run: "press r" },
        { content: "The focus is on the reason", trigger: ".o_dialog #pa_refuse_reason:focus" },
        { content: "Without a reason nothing happens", trigger: ".o_pa_refuse_confirm", run: "click" },
        { trigger: ".o_dialog .invalid-feedback" },
        { content: "With one it goes back", trigger: "#pa_refuse_reason", run: "edit Manca il CIG" },
        { trigger: "#pa_refuse_reason", run: "press ctrl+Enter" },
        { trigger: "body:not(:has(.o_dialog)) .o_pa_libro_row:nth-of-type(2) .text-bg-warning", timeout: 30000 },
        { content: "The focus is back on the list", trigger: ".o_pa_libro_list:focus" },
        { content: "The others together", trigger: ".o_pa_libro_refuse_all:contains('2')", run: "click" },
        { trigger: ".o_dialog #pa_refuse_reason", run: "edit Non serve" },
        { trigger: ".o_dialog #pa_refuse_reject", run: "click" },
        { trigger: ".o_pa_refuse_confirm", run: "click" },
        { trigger: "body:not(:has(.o_dialog)) .o_pa_libro_row:nth-of-type(4) .text-bg-warning", timeout: 30000 },
        { content: "Nothing is left to sign", trigger: ".o_pa_libro_sign:disabled" },
    ],
});
