import { parsePartialTwinUpdate } from "@mapperkit/api";
import { percentile } from "../report/percentile.ts";
import type { Row } from "../report/write-report.ts";
import { updateOf } from "./twin-update.ts";

const ROUNDS = 9;
const COUNT = 100_000;

/** What the check of a twin update costs beside JSON.parse of the same bytes. */
export function measureParsing(): Row[] {
  const bodies = Array.from({ length: 100 }, (_, n) => Buffer.from(updateOf(n, 1_000 + n).body));
  const utf8 = new TextDecoder();
  const parse = (n: number) => JSON.parse(utf8.decode(bodies[n % bodies.length]));
  const check = (n: number) => parsePartialTwinUpdate(bodies[n % bodies.length]);
  const parsed: number[] = [];
  const checked: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    parsed.push(timeOf(parse));
    checked.push(timeOf(check));
  }
  const ratio = percentile(
    checked.map((time, round) => time / (parsed[round] ?? time)),
    50,
  );
  return [
    { what: "JSON.parse of a twin update", value: `${percentile(parsed, 50).toFixed(2)} us` },
    { what: "the check on top of it", value: `${((ratio - 1) * 100).toFixed(1)} %` },
  ];
}

function timeOf(work: (n: number) => unknown): number {
  const begin = process.cpuUsage();
  for (let n = 0; n < COUNT; n++) work(n);
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / COUNT;
}
