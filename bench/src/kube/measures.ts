import { percentile } from "../report/percentile.ts";
import { COLLECTION, deviceStatus } from "./device.ts";
import type { RestClient } from "./rest-client.ts";

let value = 0;

/** Milliseconds of each of `count` status writes, one after another. */
export async function singleWrites(client: RestClient, count: number): Promise<number[]> {
  const path = `${COLLECTION}/device-0/status`;
  const samples: number[] = [];
  for (let n = 0; n < count; n += 1) {
    samples.push(await timed(() => client.send("PATCH", path, deviceStatus(value++))));
  }
  return samples;
}

/** Status writes in a second by `clients` at once, each to Devices of its own. */
export async function writesPerSecond(
  client: RestClient,
  clients: number,
  count: number,
): Promise<number> {
  let left = count;
  const write = async (own: number) => {
    while (left > 0) {
      left -= 1;
      const path = `${COLLECTION}/device-${own}/status`;
      await client.send("PATCH", path, deviceStatus(value++));
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: clients }, (_, n) => write(n))));
  return (count / ms) * 1000;
}

/** The median of several reads, in ms. */
export async function reads(client: RestClient, path: string, count: number): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < count; n += 1) samples.push(await timed(() => client.send("GET", path)));
  return percentile(samples, 50);
}

/** The median of the times from a write until each of `watches` has its event, in ms. */
export async function fanOut(client: RestClient, watches: number, rounds: number): Promise<number> {
  let seen = 0;
  let complete = () => {};
  const from = await client.version(`${COLLECTION}/device-0`);
  const path = `${COLLECTION}?watch=1&resourceVersion=${from}`;
  await client.watch(watches, path, () => {
    seen += 1;
    if (seen === watches) complete();
  });
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // What came of an earlier round is over.
    await quiet(() => seen);
    seen = 0;
    const arrived = new Promise<void>((resolve) => {
      complete = resolve;
    });
    samples.push(
      await timed(async () => {
        await client.send("PATCH", `${COLLECTION}/device-0/status`, deviceStatus(value++));
        await arrived;
      }),
    );
  }
  return percentile(samples, 50);
}

/** Resolves when nothing more arrives. */
async function quiet(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
