import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryTransports } from "./memory-transports.ts";
import type { ByteStream } from "./transports.ts";

async function text(stream: ByteStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of stream.read()) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

test("bytes go both ways until one side closes", async () => {
  const transports = new MemoryTransports();
  transports.listen("device", 502, (stream) => {
    void (async () => {
      for await (const bytes of stream.read()) await stream.write(bytes);
      await stream.close();
    })();
  });
  const stream = await transports.tcp({ host: "device", port: 502 });
  const bytes = Buffer.from("ping");
  await stream.write(bytes);
  bytes.fill(0);
  for await (const echoed of stream.read()) {
    assert.equal(Buffer.from(echoed).toString(), "ping");
    break;
  }
  await stream.close();
  await assert.rejects(stream.write(bytes), { code: "unreachable" });
});

test("what was written before the close arrives", async () => {
  const transports = new MemoryTransports();
  transports.listen("device", 1, (stream) => {
    void stream.write(Buffer.from("bye")).then(() => stream.close());
  });
  const stream = await transports.tcp({ host: "device", port: 1 });
  assert.equal(await text(stream), "bye");
});

test("nobody there is unreachable, also after the listener has gone", async () => {
  const transports = new MemoryTransports();
  const target = { host: "device", port: 1 };
  await assert.rejects(transports.tcp(target), { code: "unreachable" });
  const close = transports.listen("device", 1, () => {});
  assert.throws(() => transports.listen("device", 1, () => {}), { code: "conflict" });
  close();
  await assert.rejects(transports.tcp(target), { code: "unreachable" });
});

test("a read is ended by its signal", async () => {
  const transports = new MemoryTransports();
  transports.listen("device", 1, () => {});
  const stream = await transports.tcp({ host: "device", port: 1 });
  const controller = new AbortController();
  const reading = assert.rejects(async () => {
    for await (const _ of stream.read(controller.signal));
  }, /enough/);
  controller.abort(new Error("enough"));
  await reading;
});
