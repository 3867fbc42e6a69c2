import { type DeviceId, parseDeviceTopic, parseMembershipTopic } from "@mapperkit/api";
import type { Target } from "./replies.ts";

const ACTIONS = ["twin/update", "twin/get", "state/update", "state/get"] as const;
export type RequestAction = (typeof ACTIONS)[number];

export type Request =
  | { readonly kind: "device"; readonly target: Target; readonly action: RequestAction }
  | { readonly kind: "membership" }
  /** Asks for a device without naming one; the answer goes to the topic's own result. */
  | { readonly kind: "nameless"; readonly target: Target; readonly action: RequestAction };

const PREFIX = "$hw/events/device/";

/** What a client asks of devicetwin by publishing on `topic`; undefined when it asks nothing. */
export function requestOf(topic: string): Request | undefined {
  const parsed = parseDeviceTopic(topic);
  if (parsed) {
    const { id, form, action } = parsed;
    return isRequest(action) ? { kind: "device", target: { id, form }, action } : undefined;
  }
  if (topic.startsWith(PREFIX)) return namelessRequest(topic.slice(PREFIX.length));
  return parseMembershipTopic(topic) && { kind: "membership" };
}

/** Empty levels, or more levels than a device has. */
function namelessRequest(rest: string): Request | undefined {
  const action = ACTIONS.find((known) => rest.endsWith(`/${known}`));
  if (!action) return undefined;
  const levels = rest.slice(0, -action.length - 1);
  const target: Target = levels.includes("/")
    ? { id: levels as DeviceId, form: "long" }
    : { id: `default/${levels}`, form: "bare" };
  return { kind: "nameless", target, action };
}

function isRequest(action: string): action is RequestAction {
  return (ACTIONS as readonly string[]).includes(action);
}
