import { type FieldError, internalError, invalid } from "../status/index.ts";

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Most objects in one answer; 0: all. */
  readonly limit: number;
  readonly continueToken: string;
  /** Undefined: the latest; 0: any. */
  readonly resourceVersion: number | undefined;
  readonly resourceVersionMatch: "Exact" | "NotOlderThan" | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  /** Seconds; undefined: the server chooses. */
  readonly timeoutSeconds: number | undefined;
}

/** Reads the query of a list or a watch. @throws StatusError 422 or 500 as the real server does */
export function readListOptions(query: URLSearchParams, isWatch: boolean): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    limit: readInteger(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    resourceVersion: readVersion(query.get("resourceVersion") ?? ""),
    resourceVersionMatch: readMatch(query),
    sendInitialEvents: readFlag(query, "sendInitialEvents"),
    allowWatchBookmarks: readFlag(query, "allowWatchBookmarks") ?? false,
    timeoutSeconds: readInteger(query, "timeoutSeconds"),
  };
  const faults = isWatch ? watchFaults(options) : listFaults(options);
  if (faults.length > 0) throw invalidOptions(faults);
  return options;
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);

/** As Go's ParseBool reads it; anything unknown counts as false. Undefined when absent. */
export function readFlag(query: URLSearchParams, key: string): boolean | undefined {
  const value = query.get(key);
  if (value === null || value === "") return undefined;
  return TRUE.has(value);
}

/** @throws StatusError 500 for what is not a version */
export function readVersion(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw internalError(
      `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  return Number(text);
}

function readInteger(query: URLSearchParams, key: string): number | undefined {
  const value = query.get(key);
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function readMatch(query: URLSearchParams): ListOptions["resourceVersionMatch"] {
  const value = query.get("resourceVersionMatch") ?? "";
  if (value === "") return undefined;
  if (value === "Exact" || value === "NotOlderThan") return value;
  throw invalidOptions([
    {
      type: "FieldValueNotSupported",
      field: "resourceVersionMatch",
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: "Exact", "NotOlderThan", ""`,
    },
  ]);
}

function listFaults(options: ListOptions): FieldError[] {
  const { resourceVersion, resourceVersionMatch, continueToken, sendInitialEvents } = options;
  const faults: FieldError[] = [];
  if (sendInitialEvents !== undefined) {
    faults.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (resourceVersionMatch === undefined) return faults;
  if (continueToken !== "") {
    const text = "resourceVersionMatch is forbidden when continue is provided";
    faults.push(forbidden("resourceVersionMatch", text));
  } else if (resourceVersion === undefined) {
    const text = "resourceVersionMatch is forbidden unless resourceVersion is provided";
    faults.push(forbidden("resourceVersionMatch", text));
  } else if (resourceVersionMatch === "Exact" && resourceVersion === 0) {
    const text = 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"';
    faults.push(forbidden("resourceVersionMatch", text));
  }
  return faults;
}

function watchFaults({ resourceVersionMatch, sendInitialEvents }: ListOptions): FieldError[] {
  if (sendInitialEvents === undefined) {
    if (resourceVersionMatch === undefined) return [];
    const text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    return [forbidden("resourceVersionMatch", text)];
  }
  if (resourceVersionMatch === "NotOlderThan") return [];
  return [
    forbidden(
      "resourceVersionMatch",
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    ),
  ];
}

function forbidden(field: string, text: string): FieldError {
  return { type: "FieldValueForbidden", field, message: `Forbidden: ${text}` };
}

function invalidOptions(faults: readonly FieldError[]) {
  return invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", faults);
}
