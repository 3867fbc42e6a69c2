import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualWorld } from "./virtual-world.ts";

/** Who said what of a message, in order: `cloud: message to the node`. */
async function traces(act: (world: VirtualWorld) => void, resource: string): Promise<string[][]> {
  const world = new VirtualWorld(1, ["e1"]);
  world.startCloud();
  world.startEdge("e1");
  world.kube.create("lamp", "e1", "d1");
  await world.pass(5_000);
  const before = world.log.entries.length;
  act(world);
  await world.pass(5_000);
  world.end();
  const entries = world.log.entries.slice(before);
  const ids = entries.flatMap(({ fields }) =>
    fields.resource === resource && !fields.answers ? String(fields.message_id) : [],
  );
  return [...new Set(ids)].map((id) =>
    entries
      .filter(({ fields }) => fields.message_id === id || fields.answers === id)
      .map(({ message, fields }) => `${fields.program}: ${message}`),
  );
}

test("an object's id is in the logs of both ends, with its acknowledgement", async () => {
  const change = (world: VirtualWorld) => world.kube.edit("lamp", { desired: "d2" });
  const [object] = await traces(change, "default/device/lamp");
  assert.deepEqual(object, [
    "cloud: message to the node",
    "e1: message from the cloud",
    "e1: message to the cloud",
    "cloud: message from the node",
  ]);
});

test("a report's id is in the logs of both ends, with its confirmation", async () => {
  const report = (world: VirtualWorld) => world.station("e1").mapper.report("lamp");
  const [told] = await traces(report, "device/default/lamp/twin/edge_updated");
  assert.deepEqual(told, [
    "e1: message to the cloud",
    "cloud: message from the node",
    "cloud: message to the node",
    "e1: message from the cloud",
  ]);
});
