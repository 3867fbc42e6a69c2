import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { fillEdge } from "./edge-folder.ts";
import { runLoad } from "./mqtt-load.ts";
import { SubjectProcess } from "./subject-process.ts";
import { updateOf } from "./twin-update.ts";

const PER_SECOND = 5_000;
const SOCKETS = 50;
const SLICE_SECONDS = 10;
const TEN_MINUTES = 600;
/** As an edge is run (decision 3). */
const FLAGS = ["--max-semi-space-size=4"];

/**
 * Durable updates at 5,000 a second for `seconds` (ten minutes): the memory of each slice, and how
 * much the last third holds more than the second, which is none when memory is flat.
 */
export async function soakTwin(seconds = TEN_MINUTES): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mapperkit-soak-twin-"));
  await fillEdge(folder, { devices: SOCKETS, properties: 1 });
  const subject = await SubjectProcess.start("edge-full", folder, FLAGS);
  const rows: Row[] = [];
  const memory: number[] = [];
  try {
    for (let slice = 0; slice * SLICE_SECONDS < seconds; slice++) {
      const cpuBefore = subject.cpuMs();
      const { acknowledged, latencies } = await runLoad({
        port: subject.port,
        sockets: SOCKETS,
        inFlight: 1_000,
        durationMs: SLICE_SECONDS * 1_000,
        perSecond: PER_SECOND,
        message: (socket, n) => updateOf(socket, slice * 1_000_000 + n + 1),
      });
      memory.push(subject.rssMb());
      const heap = await subject.heap();
      rows.push({
        second: (slice + 1) * SLICE_SECONDS,
        updates_s: Math.round(acknowledged / SLICE_SECONDS),
        p99_ms: percentile(latencies, 99).toFixed(1),
        cpu_us: (((subject.cpuMs() - cpuBefore) * 1000) / acknowledged).toFixed(1),
        rss_mb: (memory.at(-1) ?? 0).toFixed(0),
        heap_used_mb: (heap.heapUsed / 1e6).toFixed(0),
        heap_total_mb: (heap.heapTotal / 1e6).toFixed(0),
        external_mb: (heap.external / 1e6).toFixed(0),
      });
    }
  } finally {
    await subject.end();
    rmSync(folder, { recursive: true, force: true });
  }
  const third = Math.max(1, Math.floor(memory.length / 3));
  const growth =
    percentile(memory.slice(-third), 50) - percentile(memory.slice(third, 2 * third), 50);
  writeReport("twin-soak", rows);
  process.stdout.write(`growth from the second to the last third: ${growth.toFixed(1)} MB\n`);
}
