import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { Component, onWillStart, useState } from "@odoo/owl";

/** The desk's figures: each one is the filter of the same name, one click away. */
export class Desk extends Component {
    static template = "pa_atti.Desk";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.state = useState({ counts: {} });
        this.tiles = [
            { name: "waiting", filter: "waiting", label: _t("Waits for me"), icon: "fa-inbox" },
            { name: "started", filter: "started", label: _t("Started by me"), icon: "fa-paper-plane-o" },
            { name: "late", filter: "late", label: _t("Late"), icon: "fa-clock-o" },
            { name: "draft", filter: "my_drafts", label: _t("My drafts"), icon: "fa-pencil-square-o" },
        ];
        onWillStart(() => this.load());
        useBus(this.env.bus, "PA-ATTI:RELOADED", () => this.load());
    }

    async load() {
        this.state.counts = await this.orm.call("pa.atto", "get_desk", []);
    }

    item(tile) {
        return Object.values(this.env.searchModel.searchItems).find((item) => item.name === tile.filter);
    }

    isChosen(tile) {
        const item = this.item(tile);
        return Boolean(item) && this.env.searchModel.query.some((part) => part.searchItemId === item.id);
    }

    choose(tile) {
        const item = this.item(tile);
        this.env.searchModel.clearQuery();
        this.env.searchModel.toggleSearchItem(item.id);
    }
}
