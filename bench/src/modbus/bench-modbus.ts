import { resolve } from "node:path";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import {
  askInProcess,
  askWithLibmodbus,
  type Server,
  type Speed,
  startLibmodbusServer,
  startServer,
} from "./libmodbus.ts";

const ROUNDS = 5;
const REQUESTS = 5000;
/** The server of modbus-serial waits: fewer requests tell as much. */
const FEW_REQUESTS = 500;
const REGISTERS = 4;
const CONTIGUOUS = 100;
const IN_FLIGHT = 16;

const cli = resolve(import.meta.dirname, "../../../cli/bin/mapperkit.js");

/** Our simulator and our client beside libmodbus, and beside modbus-serial's server, in turn. */
export async function benchModbus(): Promise<void> {
  const servers = await startServers();
  const speeds = new Map<string, Speed[]>();
  const add = (what: string, speed: Speed) =>
    speeds.set(what, [...(speeds.get(what) ?? []), speed]);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, { port }] of Object.entries(servers)) {
        const count = name === "modbus-serial server" ? FEW_REQUESTS : REQUESTS;
        add(name, await askWithLibmodbus(port, count, REGISTERS));
      }
      const { port } = servers["libmodbus server"];
      add("raw Node client (floor)", await askInProcess("raw", [port, REQUESTS, REGISTERS, 1]));
      add("our client", await askInProcess("ours", [port, REQUESTS, REGISTERS, 1]));
      add("our client, 100 in one", await askInProcess("ours", [port, REQUESTS, CONTIGUOUS, 1]));
      const simulator = servers["our simulator"].port;
      const many = [simulator, REQUESTS, REGISTERS, IN_FLIGHT] as const;
      add("our client, 16 in flight", await askInProcess("ours", many));
    }
  } finally {
    for (const server of Object.values(servers)) await server.end();
  }
  const base = medianOf(speeds.get("libmodbus server") ?? []);
  writeReport(
    "modbus",
    [...speeds].map(([what, rounds]) => rowOf(what, medianOf(rounds), base)),
  );
}

async function startServers() {
  const serial = resolve(import.meta.dirname, "serial-server.ts");
  const raw = resolve(import.meta.dirname, "raw-server.ts");
  return {
    "libmodbus server": await startLibmodbusServer(),
    "our simulator": await startServer(process.execPath, [cli, "sim", "modbus", "--port", "0"]),
    "raw Node server (floor)": await startServer(process.execPath, [raw]),
    "modbus-serial server": await startServer(process.execPath, [serial]),
  } satisfies Record<string, Server>;
}

function medianOf(rounds: readonly Speed[]): Speed {
  const median = (key: keyof Speed) =>
    percentile(
      rounds.map((speed) => speed[key]),
      50,
    );
  return { perSecond: median("perSecond"), cpuUs: median("cpuUs") };
}

function rowOf(what: string, speed: Speed, base: Speed): Row {
  return {
    what,
    "requests/s": speed.perSecond.toFixed(0),
    "÷ libmodbus": (speed.perSecond / base.perSecond).toFixed(2),
    "client CPU µs": speed.cpuUs.toFixed(1),
    "CPU ÷ libmodbus": (speed.cpuUs / base.cpuUs).toFixed(2),
  };
}
