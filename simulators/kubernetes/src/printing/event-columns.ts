import type { JsonObject } from "../schema/index.ts";
import { ageOf } from "./age.ts";
import type { ColumnDefinition } from "./column-definition.ts";
import { at, numberAt, textAt } from "./read.ts";

type Cell = ColumnDefinition["cell"];

function column(name: string, cell: Cell, priority = 0): ColumnDefinition {
  const format = name === "Name" ? "name" : "";
  return { name, type: "string", format, description: "", priority, cell };
}

function lastSeen(event: JsonObject, now: number): string {
  const first = at(event, "firstTimestamp") ?? at(event, "eventTime");
  const last = at(event, "series", "lastObservedTime") ?? at(event, "lastTimestamp") ?? first;
  return ageOf(last, now);
}

function source(event: JsonObject): string {
  const component = textAt(event, "source", "component") || textAt(event, "reportingComponent");
  const host = textAt(event, "source", "host") || textAt(event, "reportingInstance");
  return [component, host].filter((part) => part !== "").join(", ");
}

/** Both event APIs name the same facts differently: v1 `involvedObject`, events.k8s.io `regarding`. */
function regarding(event: JsonObject, name: string): string {
  return textAt(event, "involvedObject", name) || textAt(event, "regarding", name);
}

/** The one table that does not begin with a Name. */
export const eventColumns: readonly ColumnDefinition[] = [
  column("Last Seen", lastSeen),
  column("Type", (event) => textAt(event, "type")),
  column("Reason", (event) => textAt(event, "reason")),
  column("Object", (event) => {
    const kind = regarding(event, "kind").toLowerCase();
    const name = regarding(event, "name");
    return name === "" ? kind : `${kind}/${name}`;
  }),
  column("Subobject", (event) => regarding(event, "fieldPath"), 1),
  column("Source", source, 1),
  column("Message", (event) => (textAt(event, "message") || textAt(event, "note")).trim()),
  column(
    "First Seen",
    (event, now) => ageOf(at(event, "firstTimestamp") ?? at(event, "eventTime"), now),
    1,
  ),
  column(
    "Count",
    (event) => numberAt(event, "series", "count") || numberAt(event, "count") || 1,
    1,
  ),
  column("Name", (event) => textAt(event, "metadata", "name"), 1),
];
