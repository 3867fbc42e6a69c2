import type { DeviceId } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import type { SessionObserver } from "../device-session/session-observer.ts";
import type { DeviceView } from "../process/device-views.ts";
import type { ProcessObserver } from "../process/process-observer.ts";
import { Counter, Gauge, Histogram, PROMETHEUS_TEXT } from "./measures.ts";

const READ_SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** A mapper's measures, as Prometheus reads them. */
export class MapperMetrics implements ProcessObserver {
  readonly #clock: Clock;
  readonly #buffer: ReportBuffer;
  readonly #reads = new Counter({
    ...{ name: "mapper_reads_total", help: "Read requests" },
    labels: ["device", "unit", "result"],
  });
  readonly #readSeconds = new Histogram({
    ...{ name: "mapper_read_seconds", help: "Time of a read request" },
    ...{ labels: ["device"], bounds: READ_SECONDS },
  });
  readonly #phases = new Counter({
    ...{ name: "mapper_write_phase_total", help: "Outcomes of desired values" },
    labels: ["phase"],
  });
  readonly #reconnects = new Counter({
    ...{ name: "mapper_reconnects_total", help: "Sessions opened again", labels: ["bus"] },
  });
  readonly #dropped = new Gauge({
    ...{ name: "mapper_buffer_dropped", help: "Samples dropped by a full buffer" },
  });
  readonly #depth = new Gauge({
    ...{ name: "mapper_buffer_depth", help: "Samples that wait for the edge" },
  });
  readonly #utilisation = new Gauge({
    name: "mapper_bus_utilisation",
    help: "Share of the time since the last look that a bus was in use; above 1 with several in flight",
    labels: ["bus"],
  });
  readonly #ages = new Gauge({
    ...{ name: "mapper_sample_age_seconds", help: "Age of a device's oldest sample" },
    labels: ["device"],
  });
  readonly #busyMs = new Map<string, number>();
  readonly #seen = new Set<string>();
  #lookedAt: number;

  constructor(buffer: ReportBuffer, clock: Clock) {
    this.#buffer = buffer;
    this.#clock = clock;
    this.#lookedAt = clock.monotonic();
  }

  device(id: DeviceId): SessionObserver {
    return {
      readDone: (unit, result, tookMs) => {
        this.#reads.add([id, unit, result]);
        this.#readSeconds.observe([id], tookMs / 1000);
      },
      hearsSamples: false,
      sampled: () => undefined,
      wrote: (_, { phase }) => this.#phases.add([phase]),
    };
  }

  busy(bus: string, ms: number): void {
    this.#busyMs.set(bus, (this.#busyMs.get(bus) ?? 0) + ms);
  }

  opened(bus: string): void {
    this.#reconnects.add([bus], this.#seen.has(bus) ? 1 : 0);
    this.#seen.add(bus);
  }

  get contentType(): string {
    return PROMETHEUS_TEXT;
  }

  /** The text of all measures, now. */
  text(devices: readonly DeviceView[]): string {
    const now = this.#clock.monotonic();
    this.#depth.set([], this.#buffer.depth);
    this.#dropped.set([], this.#buffer.dropped);
    const lookedMs = Math.max(now - this.#lookedAt, 1);
    for (const [bus, ms] of this.#busyMs) {
      this.#utilisation.set([bus], ms / lookedMs);
      this.#busyMs.set(bus, 0);
    }
    this.#lookedAt = now;
    this.#ages.clear();
    for (const { id, properties } of devices) {
      const times = properties.flatMap(({ sample }) => sample?.gatherTimestamp ?? []);
      if (times.length > 0) this.#ages.set([id], (this.#clock.now() - Math.min(...times)) / 1000);
    }
    const counters = [this.#reads, this.#readSeconds, this.#phases, this.#reconnects];
    const gauges = [this.#dropped, this.#depth, this.#utilisation, this.#ages];
    return [...counters, ...gauges].map(({ text }) => text).join("");
  }
}
