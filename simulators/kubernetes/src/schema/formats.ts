import { isIPv4, isIPv6 } from "node:net";

/** Whether a string has the format. */
export type FormatChecker = (text: string) => boolean;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID3 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID4 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const UUID5 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const HOST_LABEL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)?(?:z|[+-]\d{2}:?\d{2})$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DURATION = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)/;
const WORDED_DURATION = /^\d+ ?(?:ns|us|ms|s|m|h|d|w|[a-z]+)$/i;
const RGB = /^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$/;

/** The formats a structural schema enforces; any other is ignored, as the real server ignores it. */
const CHECKERS: Readonly<Record<string, FormatChecker>> = {
  uri: isUri,
  email: (t) => /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(t),
  hostname: (t) =>
    t.length <= 255 && t.split(".").every((l) => l.length <= 63 && HOST_LABEL.test(l)),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (t) =>
    /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4,18}[0-9a-f]{2}$/i.test(t) ||
    /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2,9}$/i.test(t),
  uuid: (t) => UUID.test(t),
  uuid3: (t) => UUID3.test(t),
  uuid4: (t) => UUID4.test(t),
  uuid5: (t) => UUID5.test(t),
  hexcolor: (t) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(t),
  rgbcolor: (t) => RGB.test(t) && (t.match(/\d+/g) ?? []).every((n) => Number(n) <= 255),
  byte: (t) => BASE64.test(t),
  password: () => true,
  bsonobjectid: (t) => /^[0-9a-f]{24}$/i.test(t),
  isbn: (t) => /^[0-9xX -]{10,17}$/.test(t),
  isbn10: (t) => /^[0-9xX -]{10,13}$/.test(t),
  isbn13: (t) => /^[0-9 -]{13,17}$/.test(t),
  creditcard: (t) => /^(?:\d[ -]?){12,19}$/.test(t),
  ssn: (t) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(t),
  date: isDate,
  datetime: isDateTime,
  duration: (t) => isDuration(t),
  "k8s-short-name": (t) => t.length <= 63 && LABEL.test(t),
  "k8s-long-name": (t) => t.length <= 253 && t.split(".").every((l) => LABEL.test(l)),
};

/** The checker of a schema's `format`; undefined when the format is not enforced. */
export function checkerOf(
  format: string | undefined,
): { name: string; accepts: FormatChecker } | undefined {
  if (!format) return undefined;
  for (const name of [format, format.replaceAll("-", "")]) {
    const accepts = Object.hasOwn(CHECKERS, name) ? CHECKERS[name] : undefined;
    if (accepts) return { name: format, accepts };
  }
  return undefined;
}

function isUri(text: string): boolean {
  if (text.startsWith("/")) return !/[\s\p{Cc}]/u.test(text);
  return /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text);
}

function isCidr(text: string): boolean {
  const match = /^([0-9a-f.:]+)\/(0|[1-9]\d{0,2})$/i.exec(text);
  if (!match) return false;
  const [, address = "", bits = ""] = match;
  if (isIPv4(address)) return Number(bits) <= 32;
  return isIPv6(address) && Number(bits) <= 128;
}

function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= last;
}

function isDateTime(text: string): boolean {
  const [date = "", time, more] = text.split(/t/i);
  if (time === undefined || more !== undefined || !isDate(date)) return false;
  const match = TIME.exec(time);
  if (!match) return false;
  const [hours, minutes, seconds] = match.slice(1).map(Number) as [number, number, number];
  return hours <= 23 && minutes <= 59 && seconds <= 59;
}

function isDuration(text: string): boolean {
  if (WORDED_DURATION.test(text) || text === "0") return true;
  let rest = text;
  while (rest !== "") {
    const next = rest.replace(DURATION, "");
    if (next === rest) return false;
    rest = next.replace(/^[+-]/, "!");
  }
  return text !== "";
}
