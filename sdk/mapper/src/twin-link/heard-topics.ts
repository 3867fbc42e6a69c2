import { type DeviceAction, type DeviceId, deviceTopic } from "@mapperkit/api";

const HEARD: readonly DeviceAction[] = [
  "twin/update/document",
  "twin/update/delta",
  "twin/update/result",
  "twin/get/result",
];

/** What a mapper hears of one device: its twin as it changes, and the answers to its own messages. */
export function heardTopicsOf(id: DeviceId): string[] {
  return HEARD.map((action) => deviceTopic(id, action));
}
