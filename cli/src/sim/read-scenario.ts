import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import { parseFault, type WantedFault } from "@mapperkit/sim-plant";
import { parse } from "yaml";

/**
 * Reads what is to go wrong, and when: a YAML list such as
 * `- { device: oven, kind: silent, at: 30s, for: 5s }`.
 * @param devices ids of those that are simulated
 * @throws MapperkitError `invalid_input` naming the file and the entry
 */
export function readScenario(file: string, devices: readonly string[]): WantedFault[] {
  let entries: unknown;
  try {
    entries = parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("invalid_input", `${file}: ${why}`, { cause });
  }
  if (!Array.isArray(entries)) {
    throw new MapperkitError("invalid_input", `${file}: must be a list of faults`);
  }
  return entries.map((entry: unknown, index) => {
    try {
      const { device, ...fault } = Object(entry) as Record<string, unknown>;
      if (typeof device !== "string") throw new Error("device: is missing");
      if (!devices.some((id) => id === device || id.endsWith(`/${device}`))) {
        const some = devices.slice(0, 10).join(", ");
        throw new Error(`device: is ${device}, which is not simulated; there is: ${some}`);
      }
      return { device, fault: parseFault(fault) };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MapperkitError("invalid_input", `${file}, fault ${index + 1}: ${why}`, { cause });
    }
  });
}
