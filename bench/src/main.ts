/** `npm run bench -- NAME`: runs one measurement, prints a table and writes bench/results/NAME.json. */
import { benchBroker } from "./broker/bench-broker.ts";
import { benchHub } from "./hub/bench-hub.ts";
import { benchKube } from "./kube/bench-kube.ts";
import { benchModbus } from "./modbus/bench-modbus.ts";
import { benchOpcua } from "./opcua/bench-opcua.ts";
import { benchRoad } from "./road/bench-road.ts";
import { benchSdk } from "./sdk/bench-sdk.ts";
import { benchSim } from "./sim/bench-sim.ts";
import { benchStart } from "./start/bench-start.ts";
import { benchTwin } from "./twin/bench-twin.ts";
import { soakTwin } from "./twin/soak-twin.ts";

const benches: Readonly<Record<string, () => Promise<void>>> = {
  broker: benchBroker,
  hub: () => benchHub(Number(process.argv[3] ?? 1_000)),
  kube: () => benchKube(process.argv[3]),
  modbus: benchModbus,
  opcua: benchOpcua,
  road: benchRoad,
  sdk: benchSdk,
  sim: benchSim,
  start: benchStart,
  twin: benchTwin,
  "twin-soak": () => soakTwin(Number(process.argv[3] ?? 600)),
};

const [name = ""] = process.argv.slice(2);
const bench = benches[name];
if (bench) {
  await bench();
} else {
  process.stderr.write(`npm run bench -- ${Object.keys(benches).join(" | ")}\n`);
  process.exitCode = 2;
}
