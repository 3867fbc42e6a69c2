import { EdgeDatabase, SqliteMetaStore, SqliteTwinStore } from "@mapperkit/edgecore/storage";
import { RealClock, silentLog } from "@mapperkit/runtime";

const apiVersion = "devices.kubeedge.io/v1beta1";

/** Makes `dataDir` an edge's that knows so many devices, each with its object and reported values. */
export async function fillEdge(
  dataDir: string,
  count: { devices: number; properties: number },
): Promise<void> {
  const database = new EdgeDatabase({ folder: dataDir, clock: new RealClock(), log: silentLog });
  await database.start(new AbortController().signal);
  const twins = new SqliteTwinStore(database);
  const objects = new SqliteMetaStore(database);
  const names = Array.from({ length: count.properties }, (_, n) => `p${n}`);
  const properties = names.map((name) => ({ name, type: "STRING", accessMode: "ReadWrite" }));
  const model = {
    apiVersion,
    kind: "DeviceModel",
    metadata: metaOf("bench"),
    spec: { properties },
  };
  const key = "default/devicemodel/bench";
  const pending = [objects.commit([{ key, type: "devicemodel", value: JSON.stringify(model) }])];
  for (let n = 0; n < count.devices; n++) {
    const name = `dev-${n}`;
    const id = `default/${name}` as const;
    const spec = {
      deviceModelRef: { name: "bench" },
      nodeName: "kube-edge-1",
      properties: names.map((property) => ({ name: property, reportCycle: 1_000 })),
    };
    const device = { apiVersion, kind: "Device", metadata: metaOf(name), spec };
    const value = JSON.stringify(device);
    pending.push(objects.commit([{ key: `default/device/${name}`, type: "device", value }]));
    const record = { id, name, description: "", state: "online", lastOnline: "" };
    const actual = { value: "0", metadata: { timestamp: 1 } };
    const twin = { actual, optional: true, type: "string", actualVersion: { cloud: 0, edge: 1 } };
    const values = names.map((property) => ({ kind: "twin", device: id, property, twin }) as const);
    pending.push(twins.commit([{ kind: "device", record }, ...values]));
  }
  await Promise.all(pending);
  await database.stop();
}

function metaOf(name: string) {
  return { namespace: "default", name, uid: name, generation: 1 };
}
