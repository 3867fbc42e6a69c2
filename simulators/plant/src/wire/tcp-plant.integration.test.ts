import assert from "node:assert/strict";
import { test } from "node:test";
import { RealClock, tcpTransports } from "@mapperkit/runtime";
import { ovenSim } from "../fixtures/oven.ts";

async function ask(port: number, text: string): Promise<string> {
  const stream = await tcpTransports(new RealClock()).tcp({ host: "127.0.0.1", port });
  await stream.write(Buffer.from(text));
  let heard = "";
  for await (const bytes of stream.read()) {
    heard += Buffer.from(bytes).toString();
    if (heard.endsWith("\n")) break;
  }
  await stream.close();
  return heard;
}

test("a plant on TCP answers lines, closes cleanly and gives its port back", async () => {
  const plant = await ovenSim.serve({ over: "tcp", ticks: false });
  assert.match(plant.url, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(await ask(plant.port, "setpoint?\n"), "60\n");
  await plant[Symbol.asyncDispose]();
});

test("a dropped request closes the socket, a split answer arrives whole", async () => {
  await using plant = await ovenSim.serve({ over: "tcp", ticks: false });
  const undo = plant.inject({ kind: "drop" });
  assert.equal(await ask(plant.port, "setpoint?\n"), "");
  undo();
  plant.inject({ kind: "split", bytes: 1 });
  assert.equal(await ask(plant.port, "setpoint 77\r\n"), "OK\n");
  assert.equal(plant.get("setpoint"), 77);
  await using again = await ovenSim.serve({ over: "tcp", ticks: false });
  await assert.rejects(ovenSim.serve({ over: "tcp", port: again.port }), { code: "invalid_input" });
});
