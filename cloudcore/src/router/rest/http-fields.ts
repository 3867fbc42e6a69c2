/** Header fields as KubeEdge's messages carry them. */
export type HttpFields = Readonly<Record<string, readonly string[]>>;

/** RFC 9110 §7.6.1: these concern one connection, not the message. */
const HOP_BY_HOP = [
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade"],
];

/** Without what concerns one connection, and without `more`; names become lower case. */
export function endToEnd(fields: HttpFields, more: readonly string[] = []): HttpFields {
  const lower = Object.entries(fields).map(
    ([name, values]) => [name.toLowerCase(), values] as const,
  );
  const named = lower
    .filter(([name]) => name === "connection")
    .flatMap(([, values]) => values.flatMap((value) => value.toLowerCase().split(",")))
    .map((name) => name.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named, ...more]);
  return Object.fromEntries(lower.filter(([name]) => !dropped.has(name)));
}

/** From Node's list of names and values. */
export function fieldsOf(raw: readonly string[]): HttpFields {
  const fields: Record<string, string[]> = Object.create(null);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    fields[name] = [...(fields[name] ?? []), raw[at + 1] ?? ""];
  }
  return fields;
}

/** Of a foreign message: what is no list of texts, or no header field of HTTP, is left out. */
export function readFields(value: unknown): HttpFields {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, values]) => {
      const list = (Array.isArray(values) ? values : [values]).filter(isFieldValue);
      return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && list.length > 0 ? [[name, list]] : [];
    }),
  );
}

function isFieldValue(value: unknown): value is string {
  // HTTP allows a tab and no other control character.
  return typeof value === "string" && !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}
