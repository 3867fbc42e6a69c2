import type { DeviceId } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import type { SessionObserver } from "../device-session/session-observer.ts";
import type { DeviceView } from "../process/device-views.ts";
import type { ProcessObserver } from "../process/process-observer.ts";

const READ_SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** A mapper's measures, as Prometheus reads them. */
export class MapperMetrics implements ProcessObserver {
  readonly #clock: Clock;
  readonly #buffer: ReportBuffer;
  readonly #registry = new Registry();
  readonly #reads = this.#counter("mapper_reads_total", "Read requests", [
    "device",
    "unit",
    "result",
  ]);
  readonly #readSeconds = new Histogram({
    name: "mapper_read_seconds",
    help: "Time of a read request",
    labelNames: ["device"],
    buckets: READ_SECONDS,
    registers: [this.#registry],
  });
  readonly #phases = this.#counter("mapper_write_phase_total", "Outcomes of desired values", [
    "phase",
  ]);
  readonly #reconnects = this.#counter("mapper_reconnects_total", "Sessions opened again", ["bus"]);
  readonly #dropped = this.#gauge("mapper_buffer_dropped", "Samples dropped by a full buffer", []);
  readonly #depth = this.#gauge("mapper_buffer_depth", "Samples that wait for the edge", []);
  readonly #utilisation = this.#gauge(
    "mapper_bus_utilisation",
    "Share of the time since the last look that a bus was in use; above 1 with several in flight",
    ["bus"],
  );
  readonly #ages = this.#gauge("mapper_sample_age_seconds", "Age of a device's oldest sample", [
    "device",
  ]);
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
        this.#reads.inc({ device: id, unit, result });
        this.#readSeconds.observe({ device: id }, tookMs / 1000);
      },
      hearsSamples: false,
      sampled: () => undefined,
      wrote: (_, { phase }) => this.#phases.inc({ phase }),
    };
  }

  busy(bus: string, ms: number): void {
    this.#busyMs.set(bus, (this.#busyMs.get(bus) ?? 0) + ms);
  }

  opened(bus: string): void {
    if (this.#seen.has(bus)) this.#reconnects.inc({ bus });
    else this.#reconnects.inc({ bus }, 0);
    this.#seen.add(bus);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text of all measures, now. */
  async text(devices: readonly DeviceView[]): Promise<string> {
    const now = this.#clock.monotonic();
    this.#depth.set(this.#buffer.depth);
    this.#dropped.set(this.#buffer.dropped);
    const lookedMs = Math.max(now - this.#lookedAt, 1);
    for (const [bus, ms] of this.#busyMs) {
      this.#utilisation.set({ bus }, ms / lookedMs);
      this.#busyMs.set(bus, 0);
    }
    this.#lookedAt = now;
    this.#ages.reset();
    for (const { id, properties } of devices) {
      const times = properties.flatMap(({ sample }) => sample?.gatherTimestamp ?? []);
      if (times.length > 0)
        this.#ages.set({ device: id }, (this.#clock.now() - Math.min(...times)) / 1000);
    }
    return await this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
