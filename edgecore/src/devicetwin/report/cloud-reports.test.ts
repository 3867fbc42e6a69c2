import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, Envelope, TwinUpdate } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceState } from "../device-state.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { CloudReports } from "./cloud-reports.ts";

class Link {
  readonly sent: Envelope[] = [];
  isFull = false;

  send(envelope: Envelope): boolean {
    if (!this.isFull) this.sent.push(envelope);
    return !this.isFull;
  }

  values(): (string | undefined)[] {
    return this.sent.map(({ content }) => (content as TwinUpdate).twin.p?.actual?.value);
  }
}

class ConfirmedList {
  readonly told: string[] = [];

  noteValue({ id }: DeviceState, property: string, { actual }: PropertyTwin): void {
    this.told.push(`${id} ${property} ${actual?.value}`);
  }

  noteState({ id }: DeviceState, state: string): void {
    this.told.push(`${id} is ${state}`);
  }

  forget(): void {}
}

function setUp() {
  const clock = new VirtualClock(1_700_000_000_000);
  const confirmed = new ConfirmedList();
  const reports = new CloudReports({ confirmed, clock, log: silentLog });
  reports.start();
  const record = {
    id: "default/lamp",
    name: "lamp",
    description: "",
    state: "ok",
    lastOnline: "T",
  };
  const device = new DeviceState({ ...record, id: "default/lamp" }, new Map(), 64);
  const link = new Link();
  const note = (value: string) => reports.noteTwin(device, [["p", reported(value)]]);
  return { clock, reports, device, link, note, confirmed };
}

function reported(value: string): PropertyTwin {
  return { actual: { value, metadata: { timestamp: 1 } }, optional: true, type: "string" };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

test("all updates of one turn make one message with the newest values", async () => {
  const { reports, link, note } = setUp();
  reports.connected(link);
  for (const value of ["1", "2", "3"]) note(value);
  await turn();
  assert.deepEqual(link.values(), ["3"]);
});

test("what was noted without a link goes out when there is one", async () => {
  const { reports, link, note } = setUp();
  note("1");
  await turn();
  reports.connected(link);
  await turn();
  assert.deepEqual(link.values(), ["1"]);
});

test("an unconfirmed value is sent again on the next link, a confirmed one is not", async () => {
  const { reports, link, note } = setUp();
  reports.connected(link);
  note("1");
  await turn();
  reports.disconnected();
  reports.connected(link);
  await turn();
  assert.deepEqual(link.values(), ["1", "1"]);
  reports.confirm(link.sent.at(-1)?.header.msg_id ?? "");
  assert.equal(reports.backlog, 0);
  reports.connected(link);
  await turn();
  assert.equal(link.sent.length, 2);
});

test("what the cloud confirms is told with the value that it holds", async () => {
  const { reports, device, link, note, confirmed } = setUp();
  reports.connected(link);
  note("1");
  reports.noteState(device);
  await turn();
  note("2");
  await turn();
  for (const { header } of link.sent) reports.confirm(header.msg_id);
  // The first message carried 1, whose duty the one with 2 has taken over.
  assert.deepEqual(confirmed.told, ["default/lamp is ok", "default/lamp p 2"]);
});

test("an old message never brings an old value back", async () => {
  const { clock, reports, link, note } = setUp();
  reports.connected(link);
  note("1");
  await turn();
  note("2");
  await turn();
  reports.confirm(link.sent[1]?.header.msg_id ?? "");
  await clock.advance(120_000);
  await turn();
  reports.connected(link);
  await turn();
  assert.deepEqual(link.values(), ["1", "2"]);
});

test("what nobody confirms is sent again after a minute", async () => {
  const { clock, reports, link, note } = setUp();
  reports.connected(link);
  note("1");
  await turn();
  await clock.advance(59_000);
  await turn();
  assert.deepEqual(link.values(), ["1"]);
  await clock.advance(30_000);
  await turn();
  assert.deepEqual(link.values(), ["1", "1"]);
});

test("a full link holds values back until it has room", async () => {
  const { reports, link, note } = setUp();
  reports.connected(link);
  link.isFull = true;
  note("1");
  await turn();
  note("2");
  await turn();
  link.isFull = false;
  reports.resume();
  await turn();
  assert.deepEqual(link.values(), ["2"]);
});

test("a state goes up as KubeEdge's edge says it: JSON in a string", async () => {
  const { reports, device, link } = setUp();
  reports.connected(link);
  reports.noteState(device);
  await turn();
  const [message] = link.sent;
  assert.equal(message?.route.resource, "device/default/lamp/state/update");
  assert.deepEqual(JSON.parse(String(message?.content)).device, {
    name: "lamp",
    state: "ok",
    lastOnlineTime: "T",
  });
});

test("a property that is not to be reported stays at the edge", async () => {
  const { reports, device, link, note } = setUp();
  device.object = { spec: { properties: [{ name: "p", reportToCloud: false }] } } as Device;
  reports.connected(link);
  note("1");
  await turn();
  assert.equal(link.sent.length, 0);
  const expected = { value: "ON", metadata: { timestamp: 1, generation: 4 } };
  reports.noteTwin(device, [["p", { ...reported("2"), expected }]]);
  await turn();
  const p = (link.sent.at(0)?.content as TwinUpdate | undefined)?.twin.p;
  assert.deepEqual([p?.actual, p?.expected?.value], [undefined, "ON"]);
});

test("a forgotten device is never spoken of again", async () => {
  const { reports, link, note } = setUp();
  reports.connected(link);
  note("1");
  await turn();
  reports.forget("default/lamp");
  reports.connected(link);
  await turn();
  assert.equal(link.sent.length, 1);
});

test("what a removed device still had to say takes no place from its successor", async () => {
  const { reports, device, link, note, confirmed } = setUp();
  const successor = new DeviceState(device.record, new Map(), 64);
  reports.forget(device.id);
  device.isGone = true;
  reports.noteTwin(successor, [["p", reported("new")]]);
  // Its update was on its way to the disk when the device was removed.
  note("old");
  reports.noteState(device);
  reports.connected(link);
  await turn();
  assert.deepEqual(link.values(), ["new"]);
  reports.confirm(link.sent[0]?.header.msg_id ?? "");
  assert.deepEqual(confirmed.told, ["default/lamp p new"]);
  assert.equal(reports.backlog, 0);
});
