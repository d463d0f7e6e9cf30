import { registry } from "@web/core/registry";

const ROW = ".o_data_row:has(td[name=code]:contains('1000'))";

registry.category("web_tour.tours").add("pa_contabilita_miei_capitoli", {
    steps: () => [
        { content: "Only my chapters", trigger: `${ROW}:not(:contains('2000'))` },
        { content: "A figure opens its movements", trigger: `${ROW} td[name=assestato] button`, run: "click" },
        { trigger: ".o_data_row:has(td[name=counter]) td[name=amount]:contains('100')", timeout: 60000 },
        { content: "Back to my chapters", trigger: ".o_breadcrumb .breadcrumb-item.o_back_button a", run: "click" },
        { content: "New determina on this chapter", trigger: `${ROW} button[name=action_new_determina]`, run: "click", timeout: 60000 },
        { trigger: ".o_form_view [name=oggetto] input, .o_form_view [name=oggetto] textarea", run: "edit Asfaltatura", timeout: 60000 },
        { trigger: ".o_notebook a[name=contabilita]", run: "click" },
        { content: "The line is there, with what is available", trigger: "[name=riga_ids] .o_data_row td[name=target]:contains('1000')", run: "click" },
        { trigger: ".modal [name=room]:contains('100')", timeout: 60000 },
        { content: "Too much is said before saving", trigger: ".modal [name=amount] input", run: "edit 130 && press Tab" },
        { trigger: ".modal .alert:contains('130')", timeout: 60000 },
        { trigger: ".modal [name=room_after]:contains('-30')" },
        { content: "Less goes", trigger: ".modal [name=amount] input", run: "edit 30 && press Tab" },
        { trigger: ".modal [name=room_after]:contains('70')", timeout: 60000 },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_button_save", run: "click" },
        { content: "Saved", trigger: ".o_form_saved [name=riga_ids] .o_data_row td[name=amount]:contains('30')", timeout: 60000 },
    ],
});
