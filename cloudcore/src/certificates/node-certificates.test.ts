import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import fc from "fast-check";
import { makeKeys, nodeSubject } from "../testing/scripted-joiner.ts";
import { readNodeRequest } from "./node-certificates.ts";
import { nodeOfSubject } from "./node-identity.ts";

const good = makeKeys(nodeSubject("pi-1")).csrDer;

async function outcome(der: Uint8Array): Promise<string> {
  try {
    return (await readNodeRequest(der)).node;
  } catch (error) {
    assert.ok(error instanceof MapperkitError, String(error));
    assert.equal(error.code, "invalid_input");
    return error.message;
  }
}

test("arbitrary bytes are no request, and say so", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      assert.notEqual(await outcome(bytes), "pi-1");
    }),
  );
});

/** Octets before the content of the DER element at an offset (X.690 §8.1.3). */
function headerLength(der: Buffer, at: number): number {
  const first = der[at + 1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

test("a request with any signed byte changed is refused; elsewhere the library's throw is ours", async () => {
  assert.equal(await outcome(good), "pi-1");
  const from = headerLength(good, 0);
  const inner = headerLength(good, from);
  const until = from + inner + good.readUIntBE(from + inner - (inner === 2 ? 1 : inner - 2), 1);
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ by;
      const read = await outcome(changed);
      if (at >= from && at < until) assert.notEqual(read, "pi-1");
    }),
  );
  for (let length = 0; length < good.length; length += 7) {
    assert.notEqual(await outcome(good.subarray(0, length)), "pi-1");
  }
});

const subjects: { CN?: unknown; O?: unknown; node: string | undefined }[] = [
  { CN: "system:node:pi-1", O: "system:nodes", node: "pi-1" },
  { CN: "system:node:pi-1", node: undefined },
  { CN: "system:node:pi-1", O: "system:masters", node: undefined },
  { CN: "system:node:pi-1", O: ["system:nodes", "system:masters"], node: undefined },
  { CN: ["system:node:pi-1", "system:node:pi-2"], O: "system:nodes", node: undefined },
  { CN: "kubeedge.io", O: "KubeEdge", node: undefined },
  { CN: "system:node:", O: "system:nodes", node: undefined },
  { CN: "system:node:../x", O: "system:nodes", node: undefined },
];
for (const { node, ...subject } of subjects) {
  test(`${JSON.stringify(subject)} is ${node ?? "no node"}`, () => {
    assert.equal(nodeOfSubject(subject), node);
  });
}
