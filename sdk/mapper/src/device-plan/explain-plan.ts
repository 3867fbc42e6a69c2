import type { DeviceAnnouncement } from "@mapperkit/api";
import { type AnyMapper, isBlockMapper } from "../definition/any-mapper.ts";
import type { DeviceLimits } from "../definition/block-mapper.ts";
import {
  addressBitsOf,
  type BlockRequest,
  busLoadOf,
  type FrameCost,
  planBlocks,
  requestTimeMs,
  rtuFrameCost,
  tcpFrameCost,
} from "../planner/index.ts";
import { type DevicePlan, planDevice } from "./device-plan.ts";
import type { PlanFault, PropertyPlan } from "./property-plan.ts";

/** One request of a device's plan, and what it costs. */
export interface ExplainedRequest {
  readonly cycleMs: number;
  /** Absent where the protocol has no addresses. */
  readonly block?: Pick<BlockRequest, "unit" | "space" | "start" | "length">;
  readonly properties: readonly string[];
  /** Of data. */
  readonly bytes?: number;
  /** On the bus. */
  readonly timeMs?: number;
}

export interface ExplainedPlan {
  readonly requests: readonly ExplainedRequest[];
  /** For each request once; absent where the protocol has no addresses. */
  readonly busTimeMs?: number;
  /** Share of the bus's time: more than 1 cannot be kept up. */
  readonly utilisation?: number;
  /** What cannot be worked, of the device, of its properties and of the bus. */
  readonly faults: readonly PlanFault[];
}

/** How a mapper would read a device: pure, nothing is opened. */
export function explainPlan(
  mapper: AnyMapper,
  announcement: DeviceAnnouncement,
  config: Readonly<Record<string, unknown>> = {},
): ExplainedPlan {
  return explainDevicePlan(mapper, planDevice(mapper, config, announcement, ""));
}

/** What a plan asks of its bus. */
export function explainDevicePlan(mapper: AnyMapper, plan: DevicePlan): ExplainedPlan {
  const own = plan.properties.flatMap(({ fault }) => fault ?? []);
  const faults = plan.fault ? [plan.fault, ...own] : own;
  const polled = plan.properties.filter(({ fault, isReadable }) => !fault && isReadable);
  const rounds = [...Map.groupBy(polled, ({ collectCycleMs }) => collectCycleMs)];
  if (plan.fault) return { requests: [], faults };
  if (isBlockMapper(mapper))
    return explainBlocks(mapper.limits(plan.config), plan.config, rounds, faults);
  const isBatch = "readMany" in mapper;
  const requests = rounds.flatMap(([cycleMs, properties]) => {
    const names = properties.map(({ name }) => name);
    return (isBatch ? [names] : names.map((name) => [name])).map((some) => ({
      ...{ cycleMs, properties: some },
    }));
  });
  return { requests, faults };
}

function explainBlocks(
  limits: DeviceLimits,
  config: unknown,
  rounds: readonly (readonly [number, readonly PropertyPlan[]])[],
  faults: readonly PlanFault[],
): ExplainedPlan {
  const cost = frameCostOf(config, limits);
  const bitsOf = (space: string) => limits.addressBits?.[space] ?? addressBitsOf(space);
  const planned = rounds.map(([cycleMs, properties]) => {
    const wanted = properties.flatMap(({ name: property, place }) =>
      place ? [{ property, ...place }] : [],
    );
    return { cycleMs, requests: planBlocks(wanted, limits).requests };
  });
  const { busTimeMs, utilisation, fault } = busLoadOf(planned, cost, bitsOf);
  const requests = planned.flatMap(({ cycleMs, requests }) =>
    requests.map((request) => ({
      cycleMs,
      block: request,
      properties: request.properties,
      bytes: Math.ceil((request.length * bitsOf(request.space)) / 8),
      timeMs: requestTimeMs(request, cost, bitsOf),
    })),
  );
  return { requests, busTimeMs, utilisation, faults: fault ? [...faults, fault] : faults };
}

/** A config with a baud rate and no host: the time of requests is known, and not guessed. */
export function isSerialLine(config: unknown): config is { readonly baudRate: number } {
  const line = typeof config === "object" && config !== null ? { ...config } : {};
  const isRemote = "host" in line && line.host !== undefined;
  return !isRemote && "baudRate" in line && typeof line.baudRate === "number";
}

function frameCostOf(config: unknown, { pauseBetweenMs = 0 }: DeviceLimits): FrameCost {
  if (!isSerialLine(config)) return tcpFrameCost({ pauseBetweenMs });
  const line: { baudRate: number; parity?: unknown; stopBits?: unknown } = config;
  const parity = "parity" in line && isParity(line.parity) ? { parity: line.parity } : {};
  const stopBits = "stopBits" in line && line.stopBits === 2 ? { stopBits: 2 as const } : {};
  return rtuFrameCost({ baudRate: line.baudRate, pauseBetweenMs, ...parity, ...stopBits });
}

function isParity(word: unknown): word is "none" | "even" | "odd" {
  return word === "none" || word === "even" || word === "odd";
}
