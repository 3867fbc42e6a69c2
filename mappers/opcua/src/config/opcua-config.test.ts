import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointOf, opcuaConfig } from "./opcua-config.ts";
import { opcuaVisitor } from "./opcua-visitor.ts";

const url = "opc.tcp://pump:4840";

const understood: readonly [title: string, given: object, expected: object][] = [
  ["nothing but a url", { url }, { securityMode: "None", securityPolicy: "None", timeoutMs: 2000 }],
  ["a policy", { url, securityPolicy: "basic256sha256" }, { securityMode: "SignAndEncrypt" }],
  ["a mode", { url, securityMode: "sign" }, { securityMode: "Sign", securityPolicy: "auto" }],
  [
    "v1alpha2's empty words and seconds",
    {
      url,
      userName: "",
      securityPolicy: "",
      securityMode: "none",
      timeout: 5,
      collectType: "sync",
    },
    { securityMode: "None", timeoutMs: 5000, userName: undefined },
  ],
  ["v1alpha2's address", { ip: "10.0.0.1", port: 4841 }, { url: "opc.tcp://10.0.0.1:4841" }],
  ["numbers as text", { url, publishingIntervalMs: "250" }, { publishingIntervalMs: 250 }],
];
for (const [title, given, expected] of understood) {
  test(`${title} is understood`, () => {
    const config = opcuaConfig.parse(given);
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(config[key as keyof typeof config], value, key);
    }
  });
}

const refused: readonly [given: object, message: RegExp][] = [
  [{}, /url/],
  [{ url: "http://pump" }, /must be like opc.tcp/],
  [{ url, securityMode: "Sign", securityPolicy: "None" }, /is None with securityMode Sign/],
  [{ url, securityPolicy: "Rot13" }, /securityPolicy/],
  [{ url, certificate: "a.pem" }, /must be given with certificate/],
  [{ url, userName: "a", password: "b", passwordFile: "c" }, /give one of them/],
  [{ url, usreName: "a" }, /usreName/],
];
for (const [given, message] of refused) {
  test(`${JSON.stringify(given)} is refused by name`, () => {
    assert.match(opcuaConfig.safeParse(given).error?.message ?? "", message);
  });
}

test("devices that come in alike share a session, however they are told", () => {
  const [a, b, c] = [{}, { subscribe: "false" }, { userName: "ann" }].map((more) =>
    endpointOf(opcuaConfig.parse({ url, ...more })),
  );
  assert.equal(a, b);
  assert.notEqual(a, c);
});

test("node ids of both eras are read, others refused", () => {
  assert.deepEqual(opcuaVisitor.parse({ nodeID: "ns=2;i=5", browseName: "x" }), {
    nodeId: "ns=2;i=5",
  });
  for (const nodeId of ["Pump", "ns=x;s=1", "ns=2;q=1", ""]) {
    assert.equal(opcuaVisitor.safeParse({ nodeId }).success, false, nodeId);
  }
});
