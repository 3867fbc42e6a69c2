import { type ErrorCode, MapperkitError } from "@mapperkit/api";

/** The API server's Status object, as far as it is read. */
interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_input",
  401: "rejected",
  403: "rejected",
  404: "not_found",
  405: "unsupported",
  408: "timed_out",
  409: "conflict",
  410: "conflict",
  413: "invalid_input",
  415: "unsupported",
  422: "invalid_input",
  504: "timed_out",
};

/**
 * Makes a Status, or an answer that should have been one, into an error. Its details carry `status`,
 * `reason` and, where the server asks for a pause, `retryAfterMs`. What may succeed later (429 and
 * 5xx) is `unreachable` or `timed_out`.
 */
export function kubeError(
  httpStatus: number,
  body: unknown,
  retryAfterHeader?: string,
): MapperkitError {
  const status = (typeof body === "object" && body !== null ? body : {}) as StatusBody;
  const code = status.code ?? httpStatus;
  const message = status.message || `the Kubernetes API answered ${code}`;
  const seconds = Number(retryAfterHeader ?? status.details?.retryAfterSeconds ?? Number.NaN);
  return new MapperkitError(CODES[code] ?? "unreachable", message, {
    details: {
      status: code,
      ...(status.reason && { reason: status.reason }),
      ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
    },
  });
}

/** Whether the same call may succeed later without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof MapperkitError && (error.code === "unreachable" || error.code === "timed_out")
  );
}

/** The resourceVersion is too old: only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof MapperkitError && error.details.status === 410;
}

export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof MapperkitError)) return undefined;
  const value = error.details.retryAfterMs;
  return typeof value === "number" ? value : undefined;
}
