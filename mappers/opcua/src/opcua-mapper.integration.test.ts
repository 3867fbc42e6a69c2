import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type OpcuaServer, pumpSimulator, serveOpcua } from "@mapperkit/sim-opcua";
import {
  pkiFolder,
  pumpProperties,
  qualityIs,
  runMapper,
  until,
  valueIs,
} from "./testing/running-mapper.ts";

let server: OpcuaServer;
const pki = pkiFolder({ after });
before(async () => {
  server = await serveOpcua({
    devices: [{ name: "Pump", simulator: pumpSimulator }],
    ticks: false,
  });
});
after(() => server[Symbol.asyncDispose]());

const plain = () => ({ url: server.url, pkiFolder: pki });

test("a pump tells its changes with their own time, and obeys desired values", async (t) => {
  const { link, announce, reported } = runMapper(t);
  announce("pump", plain(), pumpProperties);
  await reported("pump", "serial", valueIs("MK-P-0042"));
  await reported("pump", "delivered", valueIs("0"));
  const before = server.plant("Pump").readCount("speed");
  server.plant("Pump").set("speed", 1234.5);
  const { actual } = await reported("pump", "speed", valueIs("1234.5"));
  const metadata = actual?.metadata as { sourceTimestamp?: number; timestamp: number };
  assert.ok((metadata.sourceTimestamp ?? Number.NaN) <= metadata.timestamp);
  assert.ok(server.plant("Pump").readCount("speed") > before);
  link.setDesired("default/pump", "setpoint", "900", 2);
  link.setDesired("default/pump", "enabled", "false", 2);
  const twin = await reported("pump", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  assert.equal(twin.outcome?.reason, "Acknowledged");
  await reported("pump", "setpoint", valueIs("900"));
  await reported("pump", "enabled", valueIs("false"));
  assert.equal(server.plant("Pump").get("setpoint"), 900);
  assert.equal(link.state("default/pump"), "online");
});

test("where subscriptions are not wanted, one request reads all that is due", async (t) => {
  const { link, announce, reported } = runMapper(t);
  announce("pump", { ...plain(), subscribe: "false" }, pumpProperties);
  server.plant("Pump").set("speed", 77);
  await reported("pump", "speed", valueIs("77"));
  server.plant("Pump").set("speed", 78);
  await reported("pump", "speed", valueIs("78"));
  link.setDesired("default/pump", "setpoint", "700", 3);
  await reported("pump", "setpoint", valueIs("700"));
});

test("the words of v1alpha2 work", async (t) => {
  const { announce, reported } = runMapper(t);
  const config = {
    ...{
      url: server.url,
      userName: "",
      password: "",
      securityPolicy: "none",
      securityMode: "None",
    },
    ...{ certificate: "", privateKey: "", timeout: 3, collectTimeout: 5, pkiFolder: pki },
  };
  const nodeID = "nsu=urn:mapperkit:pump;s=Pump.SerialNumber";
  announce("old", config, {
    serial: { type: "STRING", configData: { nodeID, browseName: "serial" } },
  });
  await reported("old", "serial", valueIs("MK-P-0042"));
});

test("what the server says of a value is its quality, with the last value kept", async (t) => {
  const { announce, reported } = runMapper(t);
  announce("pump", plain(), pumpProperties);
  await reported("pump", "serial", valueIs("MK-P-0042"));
  const plant = server.plant("Pump");
  const undo = plant.inject({ kind: "quality", property: "serial", quality: "Bad" });
  const bad = await reported("pump", "serial", qualityIs("Bad", "sensorFault"));
  assert.equal(bad.actual?.value, "MK-P-0042");
  undo();
  await reported("pump", "serial", qualityIs("Good"));
  plant.inject({ kind: "quality", property: "serial", quality: "Uncertain", for: "1s" });
  await reported("pump", "serial", qualityIs("Uncertain", "lastKnown"));
  await reported("pump", "serial", qualityIs("Good", "ok"));
});

test("refusals name the node and what to check; an unknown node harms no other", async (t) => {
  const { link, log, announce, reported } = runMapper(t);
  announce("pump", plain(), {
    ...pumpProperties,
    ghost: { type: "INT", configData: { nodeId: "nsu=urn:mapperkit:pump;s=Ghost" } },
    lost: { type: "INT", configData: { nodeId: "nsu=urn:nobody;s=Lost" } },
    wrong: { type: "INT", configData: { nodeId: "nsu=urn:mapperkit:pump;s=Pump.SerialNumber" } },
    fixed: {
      ...{ type: "FLOAT", accessMode: "ReadWrite" },
      configData: { nodeId: "nsu=urn:mapperkit:pump;s=Pump.Speed" },
    },
  });
  link.setDesired("default/pump", "setpoint", "9000", 4);
  link.setDesired("default/pump", "fixed", "1", 4);
  const isRejected = ({ outcome }: { outcome?: { phase?: string } | null | undefined }) =>
    outcome?.phase === "Rejected";
  const tooMuch = await reported("pump", "setpoint", isRejected);
  assert.match(tooMuch.outcome?.message ?? "", /BadOutOfRange: the value is beyond/);
  const readOnly = await reported("pump", "fixed", isRejected);
  assert.match(readOnly.outcome?.message ?? "", /BadNotWritable|BadUserAccessDenied/);
  await reported("pump", "serial", valueIs("MK-P-0042"));
  const said = () => log.entries.map(({ fields }) => String(fields.error)).join("\n");
  await until("the ghost is named", () => /Ghost.*BadNodeIdUnknown: check nodeId/.test(said()));
  await until("the namespace is named", () => /no namespace urn:nobody; it has 0 /.test(said()));
  await until("the type is named", () => /"MK-P-0042" is not a value of type INT/.test(said()));
});
