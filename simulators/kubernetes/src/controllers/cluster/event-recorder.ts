import { createHash } from "node:crypto";
import { type KubeObject, secondsTimestamp } from "../../objects/index.ts";
import type { Cluster } from "./cluster.ts";
import { EVENTS } from "./kinds.ts";

export interface Told {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Tells users what a controller did, as Events beside the object that `kubectl describe` shows. */
export class EventRecorder {
  readonly #cluster: Cluster;
  readonly #component: string;

  constructor(cluster: Cluster, component: string) {
    this.#cluster = cluster;
    this.#component = component;
  }

  /** Equal events about one object are counted in one. */
  async tell(about: KubeObject, told: Told): Promise<void> {
    const namespace = about.metadata.namespace ?? "default";
    const name = nameOf(about, told);
    const time = secondsTimestamp(this.#cluster.now());
    const known = this.#cluster.find(EVENTS, namespace, name);
    if (known === undefined) {
      await this.#cluster.create(EVENTS, namespace, this.#event(about, told, { name, time }));
      return;
    }
    await this.#cluster.change(EVENTS, known, (event) => {
      event.count = (typeof event.count === "number" ? event.count : 1) + 1;
      event.lastTimestamp = time;
    });
  }

  #event(about: KubeObject, told: Told, { name, time }: { name: string; time: string }): object {
    const { apiVersion, kind, metadata } = about;
    const { namespace, name: subject, uid, resourceVersion } = metadata;
    return {
      metadata: { name },
      involvedObject: { apiVersion, kind, namespace, name: subject, uid, resourceVersion },
      ...told,
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: "",
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }
}

function nameOf({ metadata }: KubeObject, { reason, message }: Told): string {
  const text = JSON.stringify([metadata.uid, reason, message]);
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return `${(metadata.name ?? "").slice(0, 200)}.${digest}`;
}
