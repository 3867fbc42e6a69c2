import type { SessionObserver } from "../device-session/session-observer.ts";
import type { ProcessObserver } from "../process/process-observer.ts";
import type { Sample } from "../values/sample.ts";

type Hear = (sample: Sample<string>) => void;

/** Lets others hear each sample of a property, changed or not. */
export class SampleTaps implements ProcessObserver {
  readonly #taps = new Map<string, Set<Hear>>();

  /** Hears until the result is called. */
  tap(property: string, hear: Hear): () => void {
    const taps = this.#taps.get(property) ?? new Set();
    this.#taps.set(property, taps);
    taps.add(hear);
    return () => {
      taps.delete(hear);
      if (taps.size === 0) this.#taps.delete(property);
    };
  }

  device(): SessionObserver {
    const taps = this.#taps;
    return {
      get hearsSamples() {
        return taps.size > 0;
      },
      readDone: () => undefined,
      wrote: () => undefined,
      sampled: (property, sample) => {
        for (const hear of [...(this.#taps.get(property) ?? [])]) hear(sample);
      },
    };
  }

  busy(): void {
    // Nobody measures a bus here.
  }

  opened(): void {
    // Nor counts sessions.
  }
}
