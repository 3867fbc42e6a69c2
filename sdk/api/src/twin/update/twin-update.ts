import { MapperkitError } from "../../errors.ts";
import { readBase } from "../message-base.ts";
import { isObject, type MessageBody, parseJsonObject, wrongType } from "../message-body.ts";
import type { PropertyRefusal, TwinUpdate } from "../twin-messages.ts";
import { propertyFault, UNREADABLE } from "./property-guard.ts";

const NO_TWIN = "Update twin error, key:twin does not exist";

/** A twin update of which every property stands by itself: `refused` holds what cannot be taken. */
export interface PartialTwinUpdate {
  update: TwinUpdate;
  refused: Record<string, PropertyRefusal>;
}

/**
 * Reads a `…/twin/update` body, all or nothing.
 * @throws MapperkitError `invalid_input` with KubeEdge's reason; `details.eventId` if it was readable.
 * @see KubeEdge 1.23 devicetwin, mqtt-topics §2.5
 */
export function parseTwinUpdate(body: MessageBody): TwinUpdate {
  const { update, refused } = parsePartialTwinUpdate(body);
  for (const property in refused) {
    throw new MapperkitError("invalid_input", refused[property]?.reason ?? "", {
      details: { field: `twin.${property}`, property, eventId: update.event_id },
    });
  }
  return update;
}

/**
 * Reads a `…/twin/update` body, setting aside the properties that cannot be taken by themselves (bad
 * key, a side without a value), so that the others may be applied. Written by hand, since this is the
 * message that the edge gets most.
 * @throws MapperkitError `invalid_input` if the body as a whole is no twin update.
 */
export function parsePartialTwinUpdate(body: MessageBody): PartialTwinUpdate {
  const message = readBase(parseJsonObject(body, UNREADABLE), UNREADABLE);
  const { event_id, twin, atomic } = message;
  if (twin === undefined || twin === null) {
    throw new MapperkitError("invalid_input", NO_TWIN, {
      details: { field: "twin", eventId: event_id },
    });
  }
  if (!isObject(twin)) throw wrongType(UNREADABLE, "twin", "an object", twin, event_id);
  if (atomic !== undefined && typeof atomic !== "boolean") {
    throw wrongType(UNREADABLE, "atomic", "a boolean", atomic, event_id);
  }
  const refused: Record<string, PropertyRefusal> = {};
  for (const key in twin) {
    const reason = propertyFault(key, twin[key], event_id);
    if (reason === undefined) continue;
    delete twin[key];
    // Plain assignment would lose a property called __proto__.
    Object.defineProperty(refused, key, { value: { code: 400, reason }, ...PLAIN });
  }
  return { update: message as unknown as TwinUpdate, refused };
}

const PLAIN = { enumerable: true, configurable: true, writable: true };
