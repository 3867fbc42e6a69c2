import { isDeepStrictEqual } from "node:util";
import type {
  Device,
  DeviceFault,
  DeviceModel,
  DeviceStatus,
  TwinPhase,
  TwinStatus,
} from "@mapperkit/api";
import type { DeviceMemory, TwinMemory } from "../upstream/device-memory.ts";
import { deviceConditions } from "./device-conditions.ts";
import type { Judgement } from "./device-judgement.ts";
import { kubernetesTime } from "./kubernetes-time.ts";
import { deviceFaultOf, phaseOfFault } from "./mapper-fault.ts";
import { advancePhase } from "./twin-phase.ts";

/** Faults that do not keep a desired value from its property. */
const HARMLESS: ReadonlySet<string> = new Set(["NotSupported", "NegativeCycle"]);

export function isHarmless(faultReason: string): boolean {
  return HARMLESS.has(faultReason);
}

export interface StatusInput {
  readonly device: Device;
  readonly model: DeviceModel | undefined;
  readonly memory: DeviceMemory;
  readonly isNodeConnected: boolean | undefined;
  /** ms since 1970 */
  readonly now: number;
}

/** The status that the device should have; advances the memory's phases. */
export function nextStatus(input: StatusInput): DeviceStatus {
  const { device, model, memory, now } = input;
  const judgement = memory.judgement.of(device, model);
  const { faults, wireFaults } = judgement;
  const twins = nextTwins(input, judgement);
  const { state, lastOnlineTime } = memory;
  const generation = device.metadata.generation;
  return {
    twins,
    ...(state !== undefined && { state }),
    ...(lastOnlineTime !== undefined && { lastOnlineTime }),
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: deviceConditions({
      device,
      faults: [...faults, ...wireFaults, ...mapperFaults(memory)],
      twins,
      state,
      isNodeConnected: input.isNodeConnected,
      now,
    }),
  };
}

/** The part that differs from what Kubernetes holds, for a merge patch; undefined when nothing does. */
export function statusDifference(
  held: DeviceStatus | undefined,
  next: DeviceStatus,
): DeviceStatus | undefined {
  const changed = Object.entries(next).filter(
    ([field, value]) => !isDeepStrictEqual(held?.[field] ?? emptyOf(value), value),
  );
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function nextTwins(input: StatusInput, { faults, properties }: Judgement): TwinStatus[] {
  const { device, model, memory, now } = input;
  const allowed = new Set(properties);
  // A model that is missing for a moment must not cost a value.
  if (!model) for (const property of memory.twins.keys()) allowed.add(property);
  else
    for (const property of memory.twins.keys())
      if (!allowed.has(property)) memory.twins.delete(property);
  return [...allowed].flatMap((name) => {
    const desired = desiredOf(device, name);
    const twin = desired ? memory.twin(name) : memory.twins.get(name);
    if (!twin) return [];
    if (desired) {
      const fault = faults.find((each) => each.property === name && !isHarmless(each.reason));
      const generation = device.metadata.generation ?? 0;
      advancePhase(twin, { value: desired.value, generation, fault, now });
    } else {
      settleUndesired(twin, now);
    }
    const { reported, observedDesired } = twin;
    const phase = phaseToShow(twin);
    if (!reported && !observedDesired && !phase) return [];
    return [
      {
        propertyName: name,
        ...(reported && { reported }),
        ...(observedDesired && { observedDesired }),
        ...(phase && { phase }),
      },
    ];
  });
}

/** Where nothing is desired an edge's word is about the property itself: whether it can be worked. */
function settleUndesired(twin: TwinMemory, now: number): void {
  delete twin.phase;
  delete twin.phaseOf;
  const { outcome, expected } = twin.news ?? {};
  delete twin.news;
  if (outcome?.phase !== "Rejected" || expected?.value) return;
  const { reason = "Rejected", message = "" } = outcome;
  const isSame = twin.fault?.reason === reason && twin.fault.message === message;
  if (!isSame) twin.fault = { reason, message, since: kubernetesTime(now) };
}

function phaseToShow({ phase, fault }: TwinMemory): TwinPhase | undefined {
  return phase ?? (fault && phaseOfFault(fault));
}

function mapperFaults(memory: DeviceMemory): DeviceFault[] {
  return [...memory.twins].flatMap(([property, { fault }]) =>
    fault ? [deviceFaultOf(property, fault)] : [],
  );
}

/** An empty desired value asks for nothing: old manifests carry it. */
function desiredOf(device: Device, name: string): { readonly value: string } | undefined {
  const desired = device.spec?.properties?.find((property) => property.name === name)?.desired;
  return desired?.value ? desired : undefined;
}

/** An absent list and an empty one say the same. */
function emptyOf(value: unknown): unknown {
  return Array.isArray(value) ? [] : undefined;
}
