import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";
import { Desk } from "./desk";
import { useActChanges } from "./live";

/** Lists and boards of acts follow what others do; not while rows are selected or edited. */
const Live = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            useActChanges(async () => {
                await this.model.whenReady; // it may come before the first rows
                const { root } = this.model;
                if (!root.editedRecord && !root.selection?.length) {
                    await root.load();
                    this.env.bus.trigger("PA-ATTI:RELOADED");
                }
            });
        }
    };

class DeskListRenderer extends listView.Renderer {
    static template = "pa_atti.DeskListRenderer";
    static components = { ...listView.Renderer.components, Desk };
}

class DeskKanbanRenderer extends kanbanView.Renderer {
    static template = "pa_atti.DeskKanbanRenderer";
    static components = { ...kanbanView.Renderer.components, Desk };
}

const attoList = { ...listView, Controller: Live(listView.Controller) };
const attoKanban = { ...kanbanView, Controller: Live(kanbanView.Controller) };

registry.category("views").add("pa_atto_list", attoList);
registry.category("views").add("pa_atto_kanban", attoKanban);
registry.category("views").add("pa_desk_list", { ...attoList, Renderer: DeskListRenderer });
registry.category("views").add("pa_desk_kanban", { ...attoKanban, Renderer: DeskKanbanRenderer });
