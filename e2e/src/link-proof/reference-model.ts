import type { Device, DeviceStatus } from "@mapperkit/api";
import type { StoreChange } from "@mapperkit/edgecore/link";
import type { HardwareWitness } from "./mapper-model.ts";

/** What may never happen, whatever fails. Values carry numbers that rise: `d7`, `e1:12`. */
export class ReferenceModel implements HardwareWitness {
  readonly violations: string[] = [];
  /** The newest count of each device that its edge has taken, by node and name. */
  readonly acknowledgedCounts = new Map<string, string>();
  readonly #written = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  wrote(node: string, name: string, value: string): void {
    const key = `${node}/${name}`;
    const before = this.#written.get(key) ?? 0;
    const number = numberIn(value);
    if (number < before) this.#violated(`${key} was set to d${number} after d${before}`);
    this.#written.set(key, number);
  }

  acknowledged(node: string, name: string, count: string): void {
    this.acknowledgedCounts.set(`${node}/${name}`, count);
  }

  /** What has become durable at an edge. */
  stored(node: string, change: StoreChange): void {
    // With the device goes what it reported; the cloud has asked for that.
    if (change.kind === "forget") {
      this.acknowledgedCounts.delete(`${node}/${change.device.slice("default/".length)}`);
    }
  }

  /** Before Kubernetes keeps a status. */
  status(device: Device, next: DeviceStatus): void {
    const { name, uid } = device.metadata;
    for (const property of ["power", "count"]) {
      const [before, after] = [device.status, next].map((status) =>
        status?.twins?.find(({ propertyName }) => propertyName === property),
      );
      const where = `${name} (${uid}) ${property}`;
      const [old, fresh] = [before?.reported?.value, after?.reported?.value];
      if (old !== undefined && fresh === undefined) this.#violated(`${where}: ${old} was lost`);
      const isSameNode = ownerOf(old) === ownerOf(fresh);
      if (property === "count" && isSameNode && numberIn(fresh) < numberIn(old)) {
        this.#violated(`${where}: reported ${fresh} after ${old}`);
      }
      const [oldT, newT] = [before?.phase?.version ?? 0, after?.phase?.version ?? 0];
      if (after?.phase && newT < oldT) this.#violated(`${where}: version ${newT} after ${oldT}`);
    }
    this.#checkProof(device, next);
  }

  /** Applied is what the hardware has been set to, not what somebody hopes. */
  #checkProof(device: Device, next: DeviceStatus): void {
    const { name, generation } = device.metadata;
    // An edit that cloudcore has not seen yet is not what the status speaks of.
    if (next.observedGeneration !== generation) return;
    const applied = next.twins?.find(({ phase }) => phase?.name === "Applied");
    const desired = device.spec?.properties?.find(({ name: p }) => p === applied?.propertyName);
    const told = numberIn(desired?.desired?.value);
    const done = this.#written.get(`${device.spec?.nodeName}/${name}`) ?? 0;
    if (applied && told > done) this.#violated(`${name}: d${told} called Applied before it was`);
  }

  check(isTrue: boolean, claim: string): void {
    if (!isTrue) this.#violated(claim);
  }

  #violated(claim: string): void {
    if (this.violations.length < 20) this.violations.push(`at ${this.#now()} ms: ${claim}`);
  }
}

export function numberIn(value: string | undefined): number {
  return Number(value?.replace(/^.*[:d]/, "") ?? 0);
}

/** The node that counted. */
function ownerOf(count: string | undefined): string {
  return count?.split(":")[0] ?? "";
}
