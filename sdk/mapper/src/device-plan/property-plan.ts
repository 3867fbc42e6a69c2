import {
  type DeviceProperty,
  findPropertyFaults,
  isNumericType,
  type ModelProperty,
  type PropertyDefinition,
  type PropertyFacts,
  type PropertyType,
  readPropertyFacts,
  toPropertyDefinition,
} from "@mapperkit/api";
import { z } from "zod";
import type { AddressBits, ValueCodec } from "../codec/index.ts";
import type { Block } from "../definition/block-mapper.ts";
import type { Verify } from "../definition/mapper-base.ts";
import type { ReportPolicy } from "../reporting/report-rule.ts";
import { createValueScaling, type ValueScaling } from "../values/scaled-value.ts";

/** Why a device or a property cannot be worked. `reason` is CamelCase, `message` names the field. */
export interface PlanFault {
  readonly reason: string;
  readonly message: string;
}

/** A property among the addresses of its unit. */
export interface Place extends Block {
  readonly addressBits: AddressBits;
  readonly codec: ValueCodec;
}

/** One property as the session works it. */
export interface PropertyPlan {
  readonly name: string;
  readonly type: PropertyType;
  readonly model: ModelProperty;
  /** Its exact form on the wire and its rules, as far as the visitor tells them. */
  readonly definition: PropertyDefinition;
  readonly visitor: unknown;
  /** Who answers for it behind the endpoint: what is silent together. */
  readonly unit: string;
  /** Where its bytes are, for a mapper that moves blocks. */
  readonly place?: Place;
  readonly fault?: PlanFault;
  readonly isReadable: boolean;
  readonly collectCycleMs: number;
  readonly isReported: boolean;
  readonly report: ReportPolicy;
  /** For a driver that reads values, not bytes. */
  readonly scaling?: ValueScaling;
  /** Texts that stand for "no value". */
  readonly sentinels: readonly string[];
  readonly verify: Verify;
  /** How long a read-back may take to show the desired value. */
  readonly verifyWithinMs: number;
  readonly verifyTolerance: number;
  /** Equal signatures mean an unchanged property. */
  readonly signature: string;
}

/** What a property's plan takes from its mapper. */
export interface PropertyParts {
  readonly visitor?: z.ZodType | undefined;
  readonly verify?: Verify | undefined;
  /** Whether values are read from raw bytes, so that their exact form must be known. */
  readonly isRaw: boolean;
  readonly unit: string;
}

/** A cycle of 0, or none, is a second (additions.md). */
const DEFAULT_CYCLE_MS = 1000;
const DEFAULT_VERIFY_WITHIN_MS = 2000;
const NO_FORM: PropertyDefinition = { type: "string" };

/** Total: what is wrong becomes a fault in the plan. */
export function planProperty(
  parts: PropertyParts,
  instance: DeviceProperty,
  model: ModelProperty,
): PropertyPlan {
  const { name } = instance;
  const visitors = instance.visitors ?? model.visitors;
  const raw = visitors?.configData ?? {};
  const { facts, rest, faults } = readPropertyFacts(name, raw, keysOf(parts.visitor));
  const visitor = (parts.visitor ?? z.unknown()).safeParse(parts.visitor ? rest : raw);
  const definition = faults.length > 0 ? NO_FORM : formOf(model, raw);
  const fault =
    joined(faults) ??
    (visitor.error &&
      faultOf("InvalidVisitor", `spec.properties[${name}].visitors.configData`, visitor.error)) ??
    formFault(parts, name, facts, definition) ??
    cycleFault(instance);
  const { desired: _, ...signed } = instance;
  const isScaled = !parts.isRaw && !fault;
  const scaling = isScaled
    ? createValueScaling(definition, facts.dataType !== undefined)
    : undefined;
  return {
    name,
    type: model.type ?? "STRING",
    model,
    definition,
    visitor: visitor.data,
    unit: parts.unit,
    ...(fault && { fault }),
    ...(scaling && { scaling }),
    isReadable: facts.writeOnly !== true,
    collectCycleMs: cycleOf(instance.collectCycle),
    isReported: instance.reportToCloud ?? true,
    report: reportPolicyOf(instance, model, facts),
    sentinels: parts.isRaw ? [] : sentinelsOf(facts),
    ...verifyOf(parts, facts),
    signature: JSON.stringify([signed, model]),
  };
}

/** Names each field that is wrong, and what was expected of it. */
export function faultOf(reason: string, field: string, error: z.ZodError): PlanFault {
  const issues = error.issues.map((issue) => {
    const path = issue.path.map((key) => `.${String(key)}`).join("");
    return `${field}${path}: ${issue.message}`;
  });
  return { reason, message: issues.join("; ") };
}

/** The keys of a schema that has keys; undefined leaves all to the protocol. */
export function keysOf(schema: z.ZodType | undefined): string[] | undefined {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined
    ? Object.keys(schema.shape)
    : undefined;
}

function formOf(model: ModelProperty, configData: Record<string, unknown>): PropertyDefinition {
  return toPropertyDefinition({ ...model, visitors: { configData } });
}

/** Faults of the form on the wire are faults only where there is one; bounds always are. */
function formFault(
  { isRaw }: PropertyParts,
  name: string,
  { dataType }: PropertyFacts,
  definition: PropertyDefinition,
): PlanFault | undefined {
  const isJudged = isRaw || dataType !== undefined || isNumericType(definition.type);
  return isJudged ? joined(findPropertyFaults(name, definition)) : undefined;
}

function cycleFault({ name, collectCycle, reportCycle }: DeviceProperty): PlanFault | undefined {
  for (const [key, cycle] of Object.entries({ collectCycle, reportCycle })) {
    if (cycle === undefined || cycle >= 0) continue;
    const message = `spec.properties[${name}].${key} is ${cycle}, must be 0 or more milliseconds`;
    return { reason: "NegativeCycle", message };
  }
  return undefined;
}

function joined(faults: readonly PlanFault[]): PlanFault | undefined {
  const [first] = faults;
  if (!first) return undefined;
  return { reason: first.reason, message: faults.map(({ message }) => message).join("; ") };
}

function reportPolicyOf(
  { reportCycle }: DeviceProperty,
  { minimum, maximum }: ModelProperty,
  { deadband = 0, deadbandPercent = 0, heartbeatMs, everySample = false }: PropertyFacts,
): ReportPolicy {
  const span = Number(maximum) - Number(minimum);
  const ofSpan = Number.isFinite(span) ? (deadbandPercent / 100) * span : 0;
  return {
    heartbeatMs: heartbeatMs || cycleOf(reportCycle),
    deadband: Math.max(deadband, ofSpan),
    everySample,
  };
}

function sentinelsOf({ invalid = "" }: PropertyFacts): string[] {
  return invalid
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function verifyOf(
  parts: PropertyParts,
  { verify, verifyWithinMs, verifyTolerance, writeOnly }: PropertyFacts,
) {
  const wanted = verify ?? parts.verify ?? "ack";
  return {
    verify: writeOnly && wanted === "readback" ? "ack" : wanted,
    verifyWithinMs: verifyWithinMs ?? DEFAULT_VERIFY_WITHIN_MS,
    verifyTolerance: verifyTolerance ?? 0,
  };
}

function cycleOf(ms: number | undefined): number {
  return ms !== undefined && ms > 0 ? ms : DEFAULT_CYCLE_MS;
}
