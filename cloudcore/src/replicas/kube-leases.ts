import {
  type KubeClient,
  LEASES,
  orUndefined,
  type Reflector,
  type ReflectorParts,
  reflectorOf,
} from "../kube/index.ts";
import {
  LEASE_NAMESPACE,
  type LeaseRecord,
  leaseName,
  leaseObject,
  readLease,
} from "./lease-record.ts";
import { LEASE_MS, type Leases } from "./leases.ts";

type Which = Pick<LeaseRecord, "role" | "subject">;

/** Leases through the API. */
export class KubeLeases implements Leases {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async get(which: Which, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const held = await this.#client
      .get(LEASES, refOf(which), signal)
      .catch(orUndefined("not_found"));
    return held && readLease(held);
  }

  async write(record: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const lease = leaseObject(record, LEASE_MS);
    const call = record.version
      ? this.#client.update(LEASES, lease, { signal })
      : this.#client.create(LEASES, lease, { signal });
    const written = await call.catch(orUndefined("conflict")).catch(orUndefined("not_found"));
    return written && readLease(written);
  }

  async delete(which: Which, signal: AbortSignal): Promise<void> {
    await this.#client.delete(LEASES, refOf(which), signal).catch(orUndefined("not_found"));
  }
}

/** Tells of every Lease of cloudcore's replicas. */
export function leaseReflector(
  parts: ReflectorParts,
  watcher: { leaseSeen(lease: LeaseRecord): void; leaseGone(lease: LeaseRecord): void },
): Reflector {
  return reflectorOf(
    parts,
    LEASES,
    {
      parse: readLease,
      seen: (lease) => watcher.leaseSeen(lease),
      gone: (lease) => watcher.leaseGone(lease),
    },
    { namespace: LEASE_NAMESPACE },
  );
}

function refOf(which: Which) {
  return { namespace: LEASE_NAMESPACE, name: leaseName(which) };
}
