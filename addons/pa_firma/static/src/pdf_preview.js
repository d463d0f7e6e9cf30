import { registry } from "@web/core/registry";
import { hidePDFJSButtons } from "@web/core/utils/pdfjs";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, useEffect, useRef } from "@odoo/owl";

/** Shows the very bytes of a stored document. */
export class PaPdf extends Component {
    static template = "pa_firma.Pdf";
    static props = { attachmentId: { type: Number }, title: { type: String, optional: true } };

    setup() {
        this.root = useRef("root");
        useEffect(
            (el) => {
                if (el) {
                    hidePDFJSButtons(el);
                }
            },
            () => [this.root.el, this.props.attachmentId]
        );
    }

    get file() {
        return `/web/content/${this.props.attachmentId}`;
    }

    get viewer() {
        return `/web/static/lib/pdfjs/web/viewer.html?file=${encodeURIComponent(this.file)}#zoom=page-width`;
    }
}

/** The same in a form: `<widget name="pa_pdf" attachment="an integer field"/>`. */
export class PaPdfWidget extends Component {
    static template = "pa_firma.PdfWidget";
    static components = { PaPdf };
    static props = { ...standardWidgetProps, attachment: { type: String } };

    get attachmentId() {
        return this.props.record.data[this.props.attachment];
    }
}

registry.category("view_widgets").add("pa_pdf", {
    component: PaPdfWidget,
    extractProps: ({ attrs }) => ({ attachment: attrs.attachment }),
});
