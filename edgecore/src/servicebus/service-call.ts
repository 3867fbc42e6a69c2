/** What the cloud wants of an application of this node (router §5.3). */
export interface ServiceCall {
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** An application's answer, or the edge's own one. */
export interface ServiceAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

const METHOD = /^[A-Z][A-Z-]{0,31}$/;
const MAX_PORT = 65_535;

/** Gives the reason when it is none. */
export function readServiceCall(order: {
  operation: string;
  resource: string;
  content: unknown;
}): ServiceCall | string {
  const [, port = "", path = ""] = /^(\d{1,5}):(.*)$/s.exec(order.resource) ?? [];
  if (port === "" || Number(port) < 1 || Number(port) > MAX_PORT) {
    return `the format of resource ${JSON.stringify(order.resource)} is incorrect, it must be {port}:{path}`;
  }
  // A request line has none of these.
  if (/[\0-\x20\x7f-\uffff]/.test(path)) {
    return `the path ${JSON.stringify(path)} must be percent-encoded`;
  }
  const method = order.operation.toUpperCase();
  if (!METHOD.test(method)) return `${JSON.stringify(order.operation)} is no method of HTTP`;
  if (typeof order.content !== "object" || order.content === null) {
    return "error to parse http request: the content is no object";
  }
  const { header, body } = order.content as { header?: unknown; body?: unknown };
  const way = path.startsWith("/") ? path : `/${path}`;
  const bytes = Buffer.from(typeof body === "string" ? body : "", "base64");
  return { port: Number(port), path: way, method, fields: readFields(header), body: bytes };
}

function readFields(header: unknown): Record<string, readonly string[]> {
  const fields: Record<string, readonly string[]> = Object.create(null);
  for (const [name, values] of Object.entries(header ?? {})) {
    const list = (Array.isArray(values) ? values : [values]).filter(isFieldValue);
    if (/^[!#$%&'*+.^_`|~\w-]+$/.test(name) && list.length > 0) fields[name.toLowerCase()] = list;
  }
  return fields;
}

function isFieldValue(value: unknown): value is string {
  return typeof value === "string" && !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}

/** KubeEdge's shape (router §5.3). */
export function answerContent({ status, fields, body }: ServiceAnswer): object {
  return { header: fields, status_code: status, body: body.toString("base64") };
}

/** An answer of the edge itself, known by its `Server`. */
export function edgeAnswer(status: number, message: string): ServiceAnswer {
  const fields = { "content-type": ["text/plain"], server: ["kubeedge-edgecore"] };
  return { status, fields, body: Buffer.from(message) };
}
