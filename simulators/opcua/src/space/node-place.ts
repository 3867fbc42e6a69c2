import { MapperkitError } from "@mapperkit/api";
import type { SimProperty } from "@mapperkit/sim-plant";

/** Where a property stands: a namespace by URI or by its number, and the id in it. */
export interface NodePlace {
  /** A URI, or the number that the visitor gives. */
  readonly namespace: string | number;
  /** `s=Pump.Speed`, `i=1001`. */
  readonly id: string;
}

const FORM = /^(?:ns=(\d+);|nsu=([^;]+);)?([isgb]=.+)$/;

/**
 * Finds a property's node in the `nodeId` of its visitors, or v1alpha2's `nodeID`.
 * @throws MapperkitError `invalid_input` naming the property
 */
export function placeProperty({ name, definition }: SimProperty): NodePlace {
  const { nodeId, nodeID = nodeId } = definition.visitors ?? {};
  const [, number, uri, id] = FORM.exec(String(nodeID)) ?? [];
  // Namespace 0 is OPC UA's own.
  if (id !== undefined && (uri !== undefined || Number(number) > 0)) {
    return { namespace: uri ?? Number(number), id };
  }
  const field = `properties[${name}].visitors.nodeId`;
  throw new MapperkitError(
    "invalid_input",
    `${field} is ${nodeID}, must be like ns=2;s=Pump.Speed or nsu=urn:plant:pump;s=Speed`,
    { details: { field } },
  );
}
