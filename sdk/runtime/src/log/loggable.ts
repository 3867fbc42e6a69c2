/** Facts deeper than this are not written: a log line is no dump. */
const DEEPEST = 6;
const SECRET_KEY =
  /token|passw(or)?d|passphrase|secret|private_?key|authorization|cookie|credential|api_?key/i;
const PEM_KEY = /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]*?(?:-----END|$)/g;
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,15}:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}@/gi;
const REDACTED = "[redacted]";

/**
 * The fields of a log entry as plain values: what stands under a secret's name, private keys in PEM
 * and passwords in URLs are replaced, errors become their message, code and causes.
 */
export function loggable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return entriesOf(fields, 0);
}

function entriesOf(value: object, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    entries.push([key, SECRET_KEY.test(key) && isSecret(entry) ? REDACTED : plain(entry, depth)]);
  }
  return Object.fromEntries(entries);
}

/** A count or a flag, such as `tokensIssued` or `hasPassword`, tells no secret. */
function isSecret(value: unknown): boolean {
  return typeof value !== "number" && typeof value !== "boolean" && value !== null;
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") {
    return String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST) return "[deeper]";
  if (value instanceof Error) return errorFields(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Map) return entriesOf(Object.fromEntries(value), depth + 1);
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value, (item) => plain(item, depth + 1));
  }
  return entriesOf(value, depth + 1);
}

function withoutSecrets(text: string): string {
  return text.replace(PEM_KEY, REDACTED).replace(URL_PASSWORD, `$1${REDACTED}@`);
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const { code, details } = error as { code?: unknown; details?: unknown };
  // The stack opens with the message, which may hold what is redacted: only the places are kept.
  const stack = error.stack?.match(/^ {4}at .*$/gm)?.join("\n");
  return entriesOf(
    {
      type: error.name,
      message: error.message,
      code: typeof code === "string" ? code : undefined,
      details: isEmpty(details) ? undefined : details,
      cause: error.cause,
      errors: error instanceof AggregateError ? error.errors : undefined,
      stack,
    },
    depth + 1,
  );
}

function isEmpty(details: unknown): boolean {
  return typeof details !== "object" || details === null || Object.keys(details).length === 0;
}
