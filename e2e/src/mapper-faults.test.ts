import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { freePorts } from "./harness/free-ports.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const options = { skip: withoutKubectl };
/** Each part of the system may be slow on a machine that is busy with other tests. */
const WAIT_MS = 60_000;
const LOW = "{ space: holdingRegister, address: 2, dataType: uint16 }";

let port: number;
let system: RunningSystem;
let kubectl: Kubectl;
const folder = new ScratchFolder();

before(async () => {
  if (withoutKubectl) return;
  port = (await freePorts(1))[0]!;
  writeFileSync(folder.join("tank.yaml"), manifest("tank", LOW));
  system = await RunningSystem.start("--with", folder.path);
  kubectl = new Kubectl(system.kubeconfig, system.folder.join("cache"));
});
after(async () => {
  if (!withoutKubectl) await system[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const mistakes: [what: string, name: string, low: string, reason: string, field: RegExp][] = [
  [
    "registers that another property writes too",
    "doubled",
    "{ space: holdingRegister, address: 1, dataType: uint16 }",
    "OverlappingRegisters",
    /spec\.properties\[low\]\.visitors\.\S*address/,
  ],
  [
    "a word that only the protocol's mapper knows to be wrong",
    "misspelt",
    "{ space: holdingRegistr, address: 2, dataType: uint16 }",
    "InvalidVisitor",
    /spec\.properties\[low\]\.visitors\.configData\.space/,
  ],
];
for (const [what, name, low, reason, field] of mistakes) {
  test(`${what}: a condition on the Device; the others are read`, options, async () => {
    await new TwinReader(system.kube, "tank").isInState("online", WAIT_MS);
    const file = system.folder.join(`${name}.yaml`);
    writeFileSync(file, manifest(name, low));
    await kubectl.run(["apply", "-f", file]);
    const condition = await acceptedOf(name, "False");
    assert.equal(condition.reason, reason);
    assert.match(condition.message, field);
    const device = new TwinReader(system.kube, name);
    await device.isInState("online", WAIT_MS);
    await isReported(device, "level", "Good");
    await isReported(device, "low", "Bad");

    writeFileSync(file, manifest(name, LOW));
    await kubectl.run(["apply", "-f", file]);
    assert.equal((await acceptedOf(name, "True")).reason, "Valid");
    await isReported(device, "low", "Good");
    await new TwinReader(system.kube, "tank").isInState("online", WAIT_MS);
  });
}

async function acceptedOf(device: string, status: string) {
  return await eventually(
    `${device} is Accepted ${status}`,
    async () => {
      const shown = await kubectl.run(["get", "device", device, "-o", "json"]);
      const conditions: { type: string; status: string; reason: string; message: string }[] =
        JSON.parse(shown).status?.conditions ?? [];
      const accepted = conditions.find(({ type }) => type === "Accepted");
      if (accepted?.status !== status) throw new Error(shown);
      return accepted;
    },
    WAIT_MS,
  );
}

async function isReported(device: TwinReader, property: string, quality: string) {
  await eventually(
    `${property} is ${quality}`,
    async () => {
      const twin = await device.twin(property);
      if (twin?.reported?.metadata?.quality !== quality) throw new Error(JSON.stringify(twin));
      return true;
    },
    WAIT_MS,
  );
}

/** A tank whose `level` lies in the first two registers. */
function manifest(name: string, low: string): string {
  const property = (property: string, configData: string) => `
    - name: ${property}
      type: INT
      accessMode: ReadWrite
      visitors: { protocolName: modbus, configData: ${configData} }`;
  const level = "{ space: holdingRegister, address: 0, dataType: uint32 }";
  return `apiVersion: devices.kubeedge.io/v1beta1
kind: DeviceModel
metadata: { name: ${name}-model, namespace: default }
spec:
  protocol: modbus
  properties:${property("level", level)}${property("low", low)}
---
apiVersion: devices.kubeedge.io/v1beta1
kind: Device
metadata: { name: ${name}, namespace: default }
spec:
  deviceModelRef: { name: ${name}-model }
  nodeName: kube-edge-1
  protocol: { protocolName: modbus, configData: { host: 127.0.0.1, port: ${port}, unitId: 1 } }
  properties:
    - { name: level, collectCycle: 500 }
    - { name: low, collectCycle: 500 }
`;
}
