import {
  type DeviceId,
  type MsgTwin,
  parseAnnouncementTopic,
  parseDeviceTopic,
  type TwinValue,
} from "@mapperkit/api";
import { printable, printableWord } from "./printable.ts";

/** One message of the twin traffic, as far as it could be read. */
export interface Traffic {
  /** `namespace/name`; absent in what is about the node. */
  readonly device?: DeviceId;
  /** Such as `twin/update` or `announcement`. */
  readonly what: string;
  /** Parsed JSON, or the text that is none; `undefined` for an empty message. */
  readonly body: unknown;
}

/** MQTT payloads say expected and actual, people desired and reported. */
const SIDE_NAMES = { expected: "desired", actual: "reported" } as const;

type Fields = Readonly<Record<string, unknown>>;

/** What a message of the edge's broker is about; `undefined` for other people's topics. */
export function readTraffic(topic: string, payload: Uint8Array): Traffic | undefined {
  const body = readBody(payload);
  const target = parseDeviceTopic(topic);
  if (target) return { device: target.id, what: target.action, body };
  const announced = parseAnnouncementTopic(topic);
  if (announced) {
    return { device: announced.id, what: body === undefined ? "removed" : "announced", body };
  }
  const [, action] = /^\$hw\/events\/node\/[^/]+\/(membership\/.+)$/.exec(topic) ?? [];
  return action === undefined ? undefined : { what: action, body };
}

/** A line such as `20:51:33.120  default/lamp  twin/update  power: reported=ON`. */
export function trafficLine({ device, what, body }: Traffic, timeMs: number): string {
  const time = new Date(timeMs).toISOString().slice(11, 23);
  return [time, device ?? "-", what.padEnd(20), bodyText(what, body)].join("  ").trimEnd();
}

function readBody(payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined;
  const text = Buffer.from(payload).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function bodyText(what: string, body: unknown): string {
  if (body === undefined) return "";
  if (!isFields(body)) return `not understood: ${printable(JSON.stringify(body))}`;
  if (typeof body.code === "number" && body.code !== 0 && body.code !== 200) {
    return [refusalText(body), valuesText(what, body)].filter(Boolean).join("; ");
  }
  return valuesText(what, body) || stateText(body) || membersText(body);
}

function refusalText({ code, reason, errors }: Fields): string {
  const properties = isFields(errors) ? Object.entries(errors) : [];
  if (properties.length === 0) return `refused ${code}: ${printable(String(reason ?? ""), 200)}`;
  return properties
    .map(([property, error]) => {
      const { code: own = code, reason: why = reason } = isFields(error) ? error : {};
      return `${printableWord(property)} refused ${own}: ${printable(String(why ?? ""), 200)}`;
    })
    .join("; ");
}

function valuesText(what: string, { twin, delta }: Fields): string {
  if (!isFields(twin)) return "";
  const wanted = what === "twin/update/delta" && isFields(delta) ? Object.keys(delta) : undefined;
  return Object.entries(twin)
    .filter(([property]) => wanted === undefined || wanted.includes(property))
    .map(([property, value]) => `${printableWord(property)}: ${propertyText(what, value)}`)
    .join(", ");
}

function propertyText(what: string, value: unknown): string {
  if (value === null) return "deleted";
  if (!isFields(value)) return printable(JSON.stringify(value) ?? "");
  if (what !== "twin/update/document") return sidesText(value as MsgTwin) || "ok";
  const { last, current } = value;
  if (!isFields(current)) return "deleted";
  const before = (isFields(last) ? last : {}) as MsgTwin;
  const after = current as MsgTwin;
  const changes = (["expected", "actual"] as const)
    .filter((side) => before[side]?.value !== after[side]?.value)
    .map((side) => {
      const from = printableWord(String(before[side]?.value ?? "nothing"));
      return `${sideText(SIDE_NAMES[side], after[side]) || "nothing"} (was ${from})`;
    });
  return changes.join(" ") || sidesText(after);
}

function sidesText({ expected, actual, outcome }: MsgTwin): string {
  const words = [sideText(SIDE_NAMES.expected, expected), sideText(SIDE_NAMES.actual, actual)];
  if (isFields(outcome)) {
    const why = outcome.message ?? outcome.reason;
    words.push(`${printable(String(outcome.phase))}${why ? ` (${printable(String(why))})` : ""}`);
  }
  return words.filter(Boolean).join(" ");
}

function sideText(name: string, side: TwinValue | undefined): string {
  if (!isFields(side) || side.value === undefined) return "";
  const { quality, reason } = isFields(side.metadata) ? side.metadata : {};
  const doubt =
    quality && quality !== "Good" ? ` (${[quality, reason].filter(Boolean).join(": ")})` : "";
  return `${name}=${printableWord(String(side.value))}${printable(doubt)}`;
}

function stateText(body: Fields): string {
  const { state, lastOnlineTime } = isFields(body.device) && !body.model ? body.device : body;
  if (typeof state !== "string") return "";
  const last =
    typeof lastOnlineTime === "string" ? ` last online ${printable(lastOnlineTime)}` : "";
  return `state=${printableWord(state)}${last}`;
}

function membersText(body: Fields): string {
  return ["devices", "added_devices", "removed_devices"]
    .flatMap((key) => {
      const members = body[key];
      if (!Array.isArray(members)) return [];
      const ids = members.map((member: unknown) => {
        return printable(String(isFields(member) ? member.id : member));
      });
      return [`${key.replace("_devices", "")}: ${ids.join(", ") || "none"}`];
    })
    .join("; ");
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
