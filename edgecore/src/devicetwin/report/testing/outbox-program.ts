/**
 * Run as a process of its own, to be killed: devicetwin over its real store, fed with rising numbers
 * for one device. Its parent is the cloud: it is told each message and answers with ids to confirm.
 */
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { EdgeDatabase } from "../../../database/edge-database.ts";
import { DeviceTwins } from "../../device-twins.ts";
import { SqliteTwinStore } from "../../store/sqlite-twin-store.ts";

const IN_FLIGHT = 5;
const [folder = "", first = "1", isLoading = ""] = process.argv.slice(2);
const clock = new RealClock();
const api = { apiVersion: "devices.kubeedge.io/v1beta1" };
const meta = (name: string) => ({ namespace: "default", name, uid: name, generation: 1 });
const visitors = { configData: { everySample: true, sampleSink: "file" } };

const database = new EdgeDatabase({ folder, clock, log: silentLog });
await database.start(new AbortController().signal);
const twins = new DeviceTwins({
  store: new SqliteTwinStore(database),
  publisher: { publish: () => {} },
  maxValueBytes: 99,
  clock,
  log: silentLog,
});
await twins.start(new AbortController().signal);
const properties = [{ name: "count", type: "STRING", accessMode: "ReadOnly" }];
await twins.put({
  ...api,
  kind: "DeviceModel",
  metadata: meta("m"),
  spec: { properties },
} as never);
const spec = { deviceModelRef: { name: "m" }, properties: [{ name: "count", visitors }] };
await twins.put({ ...api, kind: "Device", metadata: meta("meter"), spec } as never);

process.on("message", (id: string) => twins.confirm(id));
twins.connected({
  takesSamples: true,
  send: ({ header, route, content }) => {
    process.send?.({ kind: "sent", id: header.msg_id, resource: route.resource, content });
    return true;
  },
});

let next = Number(first);
async function load(): Promise<never> {
  for (;;) {
    const value = next++;
    process.send?.({ kind: "told", value });
    const body = JSON.stringify({ twin: { count: { actual: { value: String(value) } } } });
    await twins.handle("$hw/events/device/default/meter/twin/update", Buffer.from(body));
    process.send?.({ kind: "acknowledged", value });
    await clock.sleep(createRandom(value).int(0, 3), new AbortController().signal);
  }
}
process.send?.({ kind: "ready" });
if (isLoading) for (let n = 0; n < IN_FLIGHT; n++) void load();
