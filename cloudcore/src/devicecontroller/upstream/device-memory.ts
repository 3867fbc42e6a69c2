import { isDeepStrictEqual } from "node:util";
import type {
  Device,
  DeviceStatus,
  MsgTwin,
  Outcome,
  TwinPhase,
  TwinProperty,
  TwinValue,
} from "@mapperkit/api";
import { DeviceJudgement } from "../status/device-judgement.ts";
import { faultOfPhase, type MapperFault } from "../status/mapper-fault.ts";

/** What the cloud knows of one property; the truth that Kubernetes is brought in step with. */
export interface TwinMemory {
  reported?: TwinProperty;
  observedDesired?: TwinProperty;
  phase?: TwinPhase;
  /** The desired value that `phase` speaks of. */
  phaseOf?: string;
  /** The generation that brought a desired value, noted as soon as it was seen. */
  desiredSince?: { readonly value: string; readonly generation: number };
  /** The version of a desired value that `phase` does not speak of yet. */
  wish?: { readonly value: string; readonly version: number };
  /** The highest versions of the expected value that a stock edge told of. */
  seen?: { readonly cloud: number; readonly edge: number };
  /** The desired value that a stock edge has said to hold. */
  heldFor?: string;
  /** The desired value for which a conflict was answered with one more send. */
  repeatedFor?: string;
  /** What the mapper finds wrong with the property, whatever is desired of it. */
  fault?: MapperFault;
  /** An edge's word on a write, not yet weighed against what is desired. */
  news?: { readonly outcome: Outcome; readonly expected: TwinValue | undefined };
}

/** A report that its edge keeps until it is confirmed. */
export interface AwaitedReport {
  readonly node: string;
  readonly messageId: string;
}

/** Among the properties; none has an empty name. */
const STATE = "";
/** Beyond this an edge is not told any more: it asks again with its newest values. */
const MAX_AWAITED = 1_000;

/** One device's reports since this program runs, begun with what Kubernetes held. Dies with the uid. */
export class DeviceMemory {
  readonly uid: string | undefined;
  readonly twins = new Map<string, TwinMemory>();
  readonly judgement = new DeviceJudgement();
  state: string | undefined;
  lastOnlineTime: string | undefined;
  /** What was reported to this process: newer than what Kubernetes says of it. */
  readonly #reportedHere = new Set<string>();
  /** Before this the next status patch waits. */
  nextPatchAt = 0;
  #awaited: AwaitedReport[] = [];
  /** A part of the status that Kubernetes prunes or rounds; writing it again would never end. */
  #unkept: DeviceStatus | undefined;

  readonly #onDropped: (reports: number) => void;

  /**
   * Adopts the status that Kubernetes holds; later foreign changes to it are written back.
   * `onDropped` is told of reports that will not be confirmed, though their values are kept.
   */
  constructor(device: Device, onDropped: (reports: number) => void = () => {}) {
    this.uid = device.metadata.uid;
    this.#onDropped = onDropped;
    this.adopt(device);
  }

  /** Takes over what another process has written, but for what was reported to this one. */
  adopt(device: Device): void {
    const { status } = device;
    if (!this.#reportedHere.has(STATE)) {
      this.state = status?.state;
      this.lastOnlineTime = status?.lastOnlineTime;
    }
    const isCurrent = status?.observedGeneration === device.metadata.generation;
    for (const twin of status?.twins ?? []) {
      if (this.#reportedHere.has(twin.propertyName)) continue;
      const desired = device.spec?.properties?.find((p) => p.name === twin.propertyName)?.desired;
      const observed = twin.observedDesired?.value;
      const phaseOf = isCurrent || observed === desired?.value ? desired?.value : undefined;
      this.twins.set(twin.propertyName, {
        ...(twin.reported && { reported: twin.reported }),
        ...(twin.observedDesired && { observedDesired: twin.observedDesired }),
        ...phaseOrFault(twin.phase),
        ...(phaseOf !== undefined && { phaseOf }),
      });
    }
  }

  twin(property: string): TwinMemory {
    const known = this.twins.get(property);
    if (known) return known;
    const fresh: TwinMemory = {};
    this.twins.set(property, fresh);
    return fresh;
  }

  /** Call for each state of the device, in order: several may pass before a status is written. */
  noteDesired(device: Device): void {
    const generation = device.metadata.generation ?? 0;
    for (const { name, desired } of device.spec?.properties ?? []) {
      if (!desired) continue;
      const twin = this.twin(name);
      const known = twin.desiredSince?.value ?? twin.phaseOf;
      if (known !== desired.value) twin.desiredSince = { value: desired.value, generation };
    }
  }

  /** What was reported here is of no more weight: the device's node speaks to another process. */
  letGo(): void {
    this.#reportedHere.clear();
  }

  reportState(state: string | undefined, lastOnlineTime: string | undefined): void {
    this.#reportedHere.add(STATE);
    this.state = state;
    this.lastOnlineTime = lastOnlineTime;
  }

  /** Takes one property of an edge's report; a value that says nothing new keeps its old time. */
  report(property: string, message: MsgTwin): void {
    this.#reportedHere.add(property);
    const twin = this.twin(property);
    const type = message.metadata?.type;
    const reported = asTwinProperty(message.actual, type);
    if (reported && !isSameValue(twin.reported, reported)) twin.reported = reported;
    const expected = asTwinProperty(message.expected, type);
    if (expected && !isSameValue(twin.observedDesired, expected)) twin.observedDesired = expected;
    // An edge tells the outcome that it holds each time: where it holds none, no mapper complains.
    const isMended = !message.outcome && !message.expected?.value;
    if (isMended || message.outcome?.phase === "Applied") delete twin.fault;
    if (message.outcome) twin.news = { outcome: message.outcome, expected: message.expected };
  }

  /** True when Kubernetes answered a write with something else than was written. */
  noteWritten(part: DeviceStatus, held: DeviceStatus | undefined): boolean {
    const isKept = Object.entries(part).every(([field, value]) =>
      isDeepStrictEqual(held?.[field], value),
    );
    this.#unkept = isKept ? undefined : part;
    return !isKept;
  }

  isUnkept(part: DeviceStatus): boolean {
    return this.#unkept !== undefined && isDeepStrictEqual(part, this.#unkept);
  }

  await(report: AwaitedReport): void {
    this.#awaited.push(report);
    this.#dropOldest();
  }

  /** The reports so far; those that come later wait for the next patch. */
  takeAwaited(): readonly AwaitedReport[] {
    return this.#awaited.splice(0);
  }

  /** After a patch that failed. */
  returnAwaited(reports: readonly AwaitedReport[]): void {
    this.#awaited = [...reports, ...this.#awaited];
    this.#dropOldest();
  }

  #dropOldest(): void {
    const tooMany = this.#awaited.length - MAX_AWAITED;
    if (tooMany <= 0) return;
    this.#awaited.splice(0, tooMany);
    this.#onDropped(tooMany);
  }
}

function phaseOrFault(phase: TwinPhase | undefined): Pick<TwinMemory, "phase" | "fault"> {
  const fault = faultOfPhase(phase);
  if (fault) return { fault };
  return phase ? { phase } : {};
}

/** Times differ with each report; they are no news by themselves. */
const TIMES: ReadonlySet<string> = new Set(["timestamp", "sourceTimestamp"]);

function isSameValue(a: TwinProperty | undefined, b: TwinProperty): boolean {
  if (a?.value !== b.value) return false;
  const left = a.metadata ?? {};
  const right = b.metadata ?? {};
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!TIMES.has(key) && left[key] !== right[key]) return false;
  return true;
}

/** Numbers of a message are decimal strings in Kubernetes. */
function asTwinProperty(
  side: MsgTwin["actual"],
  type: string | undefined,
): TwinProperty | undefined {
  if (side?.value === undefined) return undefined;
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(side.metadata ?? {})) {
    if (typeof value === "string") metadata[key] = value;
    else if (typeof value === "number" || typeof value === "boolean") metadata[key] = String(value);
  }
  if (type !== undefined) metadata.type = type;
  return { value: side.value, ...(Object.keys(metadata).length > 0 && { metadata }) };
}
