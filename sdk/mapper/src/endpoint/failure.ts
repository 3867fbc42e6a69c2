import { MapperkitError } from "@mapperkit/api";
import type { QualityReason } from "../values/sample.ts";

const REASONS: ReadonlySet<string> = new Set<QualityReason>([
  "timeout",
  "notConnected",
  "deviceBusy",
  "illegalAddress",
  "illegalValue",
  "typeMismatch",
  "outOfRange",
  "sensorFault",
  "outOfService",
  "configurationError",
  "protocolError",
]);

const LINK_ERRNOS: ReadonlySet<unknown> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTCONN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_WRITE_AFTER_END",
]);

/** True when an error says that the way to the device is lost, not that the device said no. */
export function isLinkFailure(error: unknown): boolean {
  if (error instanceof MapperkitError) {
    return error.code === "unreachable" || error.code === "timed_out";
  }
  return error instanceof Error && "code" in error && LINK_ERRNOS.has(error.code);
}

/** Why a session is lost, whatever was thrown or told. */
export function asLinkFailure(why: unknown): unknown {
  if (isLinkFailure(why)) return why;
  const message = why === undefined ? "the session to the device is lost" : messageOf(why);
  return new MapperkitError("unreachable", message, { cause: why });
}

/** True when nothing came back, which on a shared bus says only that one unit is silent. */
export function isSilence(error: unknown): boolean {
  return error instanceof MapperkitError && error.code === "timed_out";
}

/** True when trying the same write again cannot help. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof MapperkitError)) return false;
  return ["rejected", "unsupported", "invalid_input"].includes(error.code);
}

/** True when an error is what the device, or our reading of it, said: the way to it is fine. */
export function isAnswer(error: unknown): boolean {
  if (isLinkFailure(error)) return false;
  return isRefusal(error) || (error instanceof MapperkitError && hasReason(error));
}

/** The reason of a failed read or write, in the words of samples. */
export function reasonOf(error: unknown): QualityReason {
  if (error instanceof MapperkitError) {
    if (hasReason(error)) return error.details.reason;
    if (error.code === "timed_out") return "timeout";
  }
  return isLinkFailure(error) ? "notConnected" : "protocolError";
}

/** The same reason as Kubernetes writes reasons. */
export function outcomeReasonOf(error: unknown): string {
  const reason = reasonOf(error);
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hasReason(
  error: MapperkitError,
): error is MapperkitError & { readonly details: { readonly reason: QualityReason } } {
  const { reason } = error.details;
  return typeof reason === "string" && REASONS.has(reason);
}

/** True when an operation came to no end of its own, so that it says nothing of its device. */
export function isNotSent(error: unknown): boolean {
  return error instanceof MapperkitError && error.details.isNotSent === true;
}

/** Without a session nothing is sent; it is sent when there is one again. */
export function notOpen(): MapperkitError {
  return new MapperkitError("unreachable", "the session to the device is not open", {
    details: { isNotSent: true },
  });
}
