import type { DeviceId } from "@mapperkit/api";
import type { SessionObserver } from "../device-session/session-observer.ts";
import type { ProcessObserver } from "../process/process-observer.ts";
import type { Sample } from "../values/sample.ts";

type Hear = (sample: Sample<string>) => void;

/** Those who watch properties. */
export class Watchers implements ProcessObserver {
  readonly #watchers = new Map<string, Set<Hear>>();

  /** Hears each sample of a property that is another than the one before, until the result is called. */
  watch(device: DeviceId, property: string, hear: Hear): () => void {
    const key = `${device}/${property}`;
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers);
    watchers.add(hear);
    return () => {
      watchers.delete(hear);
      if (watchers.size === 0) this.#watchers.delete(key);
    };
  }

  device(id: DeviceId): SessionObserver {
    const watchers = this.#watchers;
    return {
      get hearsSamples() {
        return watchers.size > 0;
      },
      readDone: () => undefined,
      wrote: () => undefined,
      sampled: (property, sample) => {
        if (this.#watchers.size === 0) return;
        for (const hear of this.#watchers.get(`${id}/${property}`) ?? []) hear(sample);
      },
    };
  }

  busy(): void {
    // Nobody watches a bus.
  }

  opened(): void {
    // Nor a session.
  }
}
