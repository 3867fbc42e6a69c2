import type { WriteOptions } from "../objects/index.ts";
import { type FieldError, invalid } from "../status/index.ts";
import type { Exchange } from "./exchange.ts";

const LONGEST_MANAGER = 128;

/**
 * Reads the options that all writes take from the query.
 * @throws StatusError 422 for values that the API does not know
 */
export function readWriteOptions(exchange: Exchange, kind: string): WriteOptions {
  const { query } = exchange;
  const faults: FieldError[] = [];
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All" && value !== "")) {
    faults.push(unsupported("dryRun", dryRun.join(","), ["All"]));
  }
  const fieldValidation = query.get("fieldValidation") ?? "";
  if (!isFieldValidation(fieldValidation)) {
    faults.push(unsupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (faults.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", faults);
  const [agent = "unknown"] = exchange.userAgent.split("/");
  return {
    dryRun: dryRun.includes("All"),
    user: exchange.user,
    fieldManager: (query.get("fieldManager") || agent || "unknown").slice(0, LONGEST_MANAGER),
    fieldValidation: isFieldValidation(fieldValidation) ? fieldValidation || "Warn" : "Warn",
    warn: (text) => exchange.warn(text),
  };
}

function isFieldValidation(value: string): value is "" | "Ignore" | "Strict" | "Warn" {
  return ["", "Ignore", "Strict", "Warn"].includes(value);
}

function unsupported(field: string, value: string, supported: readonly string[]): FieldError {
  const list = supported.map((item) => JSON.stringify(item)).join(", ");
  return {
    type: "FieldValueNotSupported",
    field,
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
  };
}
