import type { DeviceId } from "../device/device-id.ts";

/** How a topic names its device: `{namespace}/{name}`, or the bare name, which means namespace `default`. */
export type TopicForm = "long" | "bare";

/** What follows the device in `$hw/events/device/{dev}/…` (mqtt-topics §2.2, §2.3). */
export type DeviceAction =
  | "twin/update"
  | "twin/get"
  | "twin/cloud_updated"
  | "state/update"
  | "state/get"
  | "twin/update/result"
  | "twin/get/result"
  | "twin/update/document"
  | "twin/update/delta"
  | "state/update/result"
  | "state/get/result"
  | "updated";

const PREFIX = "$hw/events/device/";

const ACTIONS: ReadonlySet<string> = new Set<DeviceAction>([
  "twin/update",
  "twin/get",
  "twin/cloud_updated",
  "state/update",
  "state/get",
  "twin/update/result",
  "twin/get/result",
  "twin/update/document",
  "twin/update/delta",
  "state/update/result",
  "state/get/result",
  "updated",
]);

/** The bare form exists for namespace `default` only; other devices keep the long form. */
export function deviceTopic(id: DeviceId, action: DeviceAction, form: TopicForm = "long"): string {
  const isBare = form === "bare" && id.startsWith("default/");
  return `${PREFIX}${isBare ? id.slice("default/".length) : id}/${action}`;
}

/**
 * Reads the identity by position, so that a namespace called `device` or a device called `twin` is
 * safe: no action is the tail of another one, hence a topic has one reading at most.
 */
export function parseDeviceTopic(
  topic: string,
): { id: DeviceId; form: TopicForm; action: DeviceAction } | undefined {
  if (!topic.startsWith(PREFIX)) return undefined;
  const first = topic.indexOf("/", PREFIX.length);
  if (first <= PREFIX.length) return undefined;
  const head = topic.slice(PREFIX.length, first);
  const second = topic.indexOf("/", first + 1);
  if (second > first + 1) {
    const action = topic.slice(second + 1);
    if (isAction(action)) {
      return { id: `${head}/${topic.slice(first + 1, second)}`, form: "long", action };
    }
  }
  const action = topic.slice(first + 1);
  return isAction(action) ? { id: `default/${head}`, form: "bare", action } : undefined;
}

function isAction(text: string): text is DeviceAction {
  return ACTIONS.has(text);
}
