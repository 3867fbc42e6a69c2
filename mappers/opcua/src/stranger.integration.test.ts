import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build_address_space_for_conformance_testing } from "node-opcua-address-space-for-conformance-testing";
import { OPCUAServer } from "node-opcua-server";
import {
  pkiFolder,
  qualityIs,
  runMapper,
  type TestProperty,
  until,
  valueIs,
} from "./testing/running-mapper.ts";
import { CONFORMANCE, type Stranger, startStranger } from "./testing/stranger.ts";

const kit = { OPCUAServer, addConformanceNodes: build_address_space_for_conformance_testing };
const pki = pkiFolder({ after });
let stranger: Stranger;
before(async () => {
  stranger = await startStranger(kit, pki);
});
after(() => stranger[Symbol.asyncDispose]());

const config = (more: object = {}) => ({ url: stranger.url, pkiFolder: pki, ...more });
const at = (id: string, more: object = {}) => ({
  configData: { nodeId: `nsu=${CONFORMANCE};s=${id}`, ...more },
});
const writable = (type: string, id: string): TestProperty => ({
  ...{ type, accessMode: "ReadWrite" },
  ...at(id),
});

/** Each built-in type that a property can hold: what is desired, and what the server then has. */
const written: readonly [node: string, type: string, desired: string, held: unknown][] = [
  ["Scalar_Boolean", "BOOLEAN", "true", true],
  ["Scalar_SByte", "INT", "-128", -128],
  ["Scalar_Byte", "INT", "255", 255],
  ["Scalar_Int16", "INT", "-32768", -32_768],
  ["Scalar_UInt16", "INT", "65535", 65_535],
  ["Scalar_Int32", "INT", "-2147483648", -2_147_483_648],
  ["Scalar_UInt32", "INT", "4294967295", 4_294_967_295],
  ["Scalar_Int64", "INT", "-9007199254740993", [4_292_870_143, 4_294_967_295]],
  ["Scalar_UInt64", "INT", "9007199254740993", [2_097_152, 1]],
  ["Scalar_Float", "FLOAT", "20.1", Math.fround(20.1)],
  ["Scalar_Double", "DOUBLE", "20.123456789012344", 20.123456789012344],
  ["Scalar_String", "STRING", "grün €", "grün €"],
  ["Scalar_ByteString", "BYTES", "AAH/", Buffer.from([0, 1, 255])],
  ["Scalar_DateTime", "STRING", "2026-01-31T12:00:00.000Z", new Date(Date.UTC(2026, 0, 31, 12))],
  ["Array_Int16", "STRING", "[1,-2,3]", new Int16Array([1, -2, 3])],
  ["Array_Double", "STRING", "[0.5,1.5]", new Float64Array([0.5, 1.5])],
  ["Array_String", "STRING", '["a","b"]', ["a", "b"]],
  ["Array_Boolean", "STRING", "[true,false]", [true, false]],
];
for (const subscribe of [true, false]) {
  const how = subscribe ? "told" : "read";
  test(`node-opcua's conformance nodes take every type, and what they hold is ${how}`, async (t) => {
    const { link, announce, reported } = runMapper(t);
    const properties = written.map(([id, type]) => [id, writable(type, `Static_${id}`)] as const);
    announce("types", config({ subscribe }), Object.fromEntries(properties));
    for (const [id] of written) await reported("types", id, ({ actual }) => actual != null);
    for (const [id, , desired] of written) link.setDesired("default/types", id, desired, 2);
    for (const [id, , desired, held] of written) {
      const { outcome } = await reported("types", id, (twin) => twin.outcome?.phase === "Applied");
      assert.equal(outcome?.message ?? "", "", id);
      await reported("types", id, valueIs(desired));
      const value = stranger.valueOf(`Static_${id}`);
      assert.deepEqual(plain(value), plain(held), id);
    }
    for (const [id, , , held] of written) reset(id, held);
  });
}

test("access levels are kept and named", async (t) => {
  const { link, log, announce, reported } = runMapper(t);
  announce("rights", config(), {
    readOnly: writable("INT", "AccessLevel_CurrentRead"),
    notByMe: writable("INT", "AccessLevel_CurrentRead_NotUser"),
    nothing: writable("INT", "AccessLevel_DeniedAll"),
    fine: { type: "STRING", ...at("Static_Scalar_String") },
  });
  await reported("rights", "fine", qualityIs("Good"));
  await reported("rights", "readOnly", valueIs("36"));
  await reported("rights", "notByMe", qualityIs("Bad", "illegalAddress"));
  await reported("rights", "nothing", qualityIs("Bad", "illegalAddress"));
  link.setDesired("default/rights", "readOnly", "5", 2);
  const { outcome } = await reported(
    "rights",
    "readOnly",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.match(outcome?.message ?? "", /BadNotWritable: the node cannot be written/);
  assert.equal(stranger.valueOf("AccessLevel_CurrentRead"), 36);
  const said = () => log.entries.map(({ fields }) => String(fields.error)).join("\n");
  await until("it is said why", () => /BadNotReadable|BadUserAccessDenied/.test(said()));
});

/** node-opcua holds lists in typed arrays. */
function plain(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<number>)] : value;
}

/** Another value, so that the next test has something to change. */
function reset(id: string, held: unknown): void {
  const [kind, dataType = ""] = id.split("_");
  if (kind === "Array" || typeof held !== "number") return;
  stranger.set(`Static_${id}`, dataType as "Double", 0);
}
