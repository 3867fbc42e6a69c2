/**
 * A client in a process of its own: `client-process.ts ours|raw PORT COUNT LENGTH IN_FLIGHT` prints
 * requests per second and CPU microseconds for each, once it is warm.
 */
import { modbusMapper } from "@mapperkit/mapper-modbus";
import { RealClock, silentLog, systemRandom, tcpTransports } from "@mapperkit/runtime";
import type { BlockMapper } from "@mapperkit/sdk";
import { askRaw } from "./raw-client.ts";

const WARM_REQUESTS = 3000;
const [way, ...numbers] = process.argv.slice(2);
const [port = 0, count = 1000, length = 1, inFlight = 1] = numbers.map(Number);

/** Through the mapper's own driver, without the SDK's schedule. */
async function ours(): Promise<(requests: number) => Promise<void>> {
  const driver = modbusMapper.definition as BlockMapper<unknown, unknown, unknown>;
  const clock = new RealClock();
  const { signal } = new AbortController();
  const session = await driver.connect({
    config: driver.config?.parse({ port }),
    device: { name: "bench", namespace: "default", node: "bench" },
    ...{ clock, signal, random: systemRandom(), log: silentLog, lost: () => undefined },
    transports: tcpTransports(clock),
  });
  const block = { unit: 1, space: "inputRegister", start: 0, length };
  return async (requests) => {
    let left = requests;
    const ask = async () => {
      while (left-- > 0) await driver.readBlock(session, block, signal);
    };
    await Promise.all(Array.from({ length: inFlight }, ask));
  };
}

const ask = way === "raw" ? (requests: number) => askRaw(port, requests, length) : await ours();
await ask(WARM_REQUESTS);
const cpu = process.cpuUsage();
const begin = performance.now();
await ask(count);
const perSecond = (count * 1000) / (performance.now() - begin);
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(`${perSecond} ${(user + system) / count}\n`);
process.exit(0);
