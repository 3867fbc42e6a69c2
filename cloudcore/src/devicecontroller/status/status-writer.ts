import {
  type Device,
  type DeviceId,
  type DeviceStatus,
  deviceIdOf,
  MapperkitError,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceCatalog } from "../device-catalog.ts";
import { reportConfirmed } from "../downstream/device-messages.ts";
import type { EdgeLink, Ownership } from "../edge-link.ts";
import type { NodePresence } from "../node-presence.ts";
import type { DeviceMemories } from "../upstream/device-memories.ts";
import type { AwaitedReport, DeviceMemory } from "../upstream/device-memory.ts";
import { nextStatus, statusDifference } from "./next-status.ts";
import { type DeviceTransition, statusTransitions } from "./status-transitions.ts";

/** Where a device's status is kept. */
export interface StatusStore {
  /**
   * Merges into the status of this very object and returns the new state.
   * @throws MapperkitError `not_found` when it is gone, `conflict` when another has its name now;
   * `details.retryAfterMs` where the server asks for a pause
   */
  mergeStatus(device: Device, part: DeviceStatus, signal: AbortSignal): Promise<Device>;
}

/** Where people look for what happened to a device. */
export interface TransitionLog {
  record(device: Device, transition: DeviceTransition): void;
}

/** Permissions are granted by people. */
const FORBIDDEN_PAUSE_MS = 30_000;

type Outcome = { requeueAfterMs: number } | undefined;

/** Brings one device's status in Kubernetes in step with what is known, at most once per interval. */
export class StatusWriter {
  /** Patches by result: written, or failed, which may be tried again. */
  readonly writes = new Map([
    ["written", 0],
    ["failed", 0],
  ]);
  readonly #catalog: DeviceCatalog;
  readonly #memories: DeviceMemories;
  readonly #presence: NodePresence;
  readonly #store: StatusStore;
  readonly #transitions: TransitionLog;
  readonly #link: EdgeLink;
  readonly #ownership: Ownership;
  readonly #onWritten: (device: Device) => void;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: {
    catalog: DeviceCatalog;
    memories: DeviceMemories;
    presence: NodePresence;
    store: StatusStore;
    transitions: TransitionLog;
    link: EdgeLink;
    ownership: Ownership;
    /** The answer to a patch may be the first that is seen of an edit of somebody else. */
    onWritten: (device: Device) => void;
    intervalMs: number;
    clock: Clock;
    log: Log;
  }) {
    this.#catalog = options.catalog;
    this.#memories = options.memories;
    this.#presence = options.presence;
    this.#store = options.store;
    this.#transitions = options.transitions;
    this.#link = options.link;
    this.#ownership = options.ownership;
    this.#onWritten = options.onWritten;
    this.#intervalMs = options.intervalMs;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** @throws MapperkitError what the store throws and may not throw again */
  async reconcile(id: DeviceId, signal: AbortSignal): Promise<Outcome> {
    const device = this.#catalog.device(id);
    if (!device) {
      this.#confirm(this.#memories.forget(id));
      return undefined;
    }
    const node = device.spec?.nodeName ?? "";
    if (!this.#ownership.owns(node)) return undefined;
    const memory = this.#memories.of(device);
    const now = this.#clock.now();
    const next = nextStatus({
      device,
      model: this.#catalog.modelOf(device),
      memory,
      isNodeConnected: node ? this.#presence.isConnected(node) : false,
      now,
    });
    const part = statusDifference(device.status, next);
    if (!part || memory.isUnkept(part)) {
      this.#confirm(memory.takeAwaited());
      return lookAgain(node ? this.#presence.undecidedMs(node) : 0);
    }
    const waitMs = memory.nextPatchAt - this.#clock.monotonic();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    return this.#write(device, memory, part, signal);
  }

  async #write(
    device: Device,
    memory: DeviceMemory,
    part: DeviceStatus,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const id = deviceIdOf(device.metadata);
    const awaited = memory.takeAwaited();
    memory.nextPatchAt = this.#clock.monotonic() + this.#intervalMs;
    let written: Device;
    try {
      written = await this.#store.mergeStatus(device, part, signal);
    } catch (error) {
      this.#count("failed");
      return this.#handle(error, { device, memory, awaited });
    }
    this.#count("written");
    this.#onWritten(written);
    if (memory.noteWritten(part, written.status)) {
      const fields = Object.keys(part);
      this.#log.warn("Kubernetes did not keep all of a device's status", { device: id, fields });
    }
    this.#confirm(awaited);
    const after = { ...device.status, ...part };
    for (const transition of statusTransitions(device.status, after)) {
      this.#transitions.record(written, transition);
    }
    // What came in while the patch was under way, and a node that is not decided on yet.
    return { requeueAfterMs: this.#intervalMs };
  }

  #handle(
    error: unknown,
    context: { device: Device; memory: DeviceMemory; awaited: readonly AwaitedReport[] },
  ): Outcome {
    const id = deviceIdOf(context.device.metadata);
    if (error instanceof MapperkitError && error.code === "invalid_input") {
      // The same patch would be refused again: better to say it once and to serve the others.
      this.#log.error("Kubernetes refused a device's status", { device: id, error });
      this.#confirm(context.awaited);
      return undefined;
    }
    context.memory.returnAwaited(context.awaited);
    if (error instanceof MapperkitError && error.code === "rejected") {
      this.#log.error("cloudcore may not write a device's status", { device: id, error });
      return { requeueAfterMs: FORBIDDEN_PAUSE_MS };
    }
    const pauseMs = error instanceof MapperkitError ? error.details.retryAfterMs : undefined;
    if (typeof pauseMs === "number") return { requeueAfterMs: pauseMs };
    throw error;
  }

  #count(result: "written" | "failed"): void {
    this.writes.set(result, (this.writes.get(result) ?? 0) + 1);
  }

  #confirm(reports: readonly AwaitedReport[]): void {
    for (const { node, messageId } of reports) {
      this.#link.send(node, reportConfirmed(this.#clock.now(), messageId));
    }
  }
}

function lookAgain(ms: number): Outcome {
  return ms > 0 ? { requeueAfterMs: ms } : undefined;
}
