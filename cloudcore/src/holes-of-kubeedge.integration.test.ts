import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { connect } from "node:tls";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { issueCertificate } from "@mapperkit/runtime/certificates";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { WebSocket } from "ws";
import { DEVICE_MODELS, DEVICES, SECRETS } from "./kube/index.ts";
import { ScriptedEdge } from "./testing/scripted-edge.ts";
import { certificatePem } from "./testing/scripted-joiner.ts";
import { SecureCloud } from "./testing/secure-cloud.ts";
import { type MakeKubernetes, TestCloud } from "./testing/test-cloud.ts";
import { until } from "./testing/until.ts";

/**
 * The holes that the contract lists (cloudhub-wire §3.12, end) have their tests where they would be:
 * the token's node and its single use, `/edge.crt` and open endpoints in certificate-server, the
 * identity of a dial in cloudhub. Here are those that only the whole can have.
 */
const signal = new AbortController().signal;
const standIn: MakeKubernetes = (dataDir, port, clock) => {
  const tools = { clock, random: createRandom(1), log: silentLog };
  return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
};

test("a certificate of KubeEdge's old form, of this very authority, is no node", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const ref = { namespace: "kubeedge", name: "casecret" };
  const { data } = await secure.cloud.client.get(SECRETS, ref, signal);
  const { cadata, cakeydata } = data as Record<string, string>;
  const der = { key: Buffer.from(cakeydata ?? "", "base64"), format: "der", type: "sec1" } as const;
  const authority = {
    certificatePem: certificatePem(Buffer.from(cadata ?? "", "base64")),
    privateKeyPem: String(createPrivateKey(der).export({ type: "pkcs8", format: "pem" })),
  };
  const old = await issueCertificate(authority, {
    ...{ commonName: "kubeedge.io", organizations: ["KubeEdge"] },
    ...{ usage: "client", days: 1, now: Date.now() },
  });
  const socket = new WebSocket(`wss://localhost:${secure.cloud.core.hubPort}/p/pi-1/events`, {
    headers: { node_id: "pi-1", ConnectionUse: "msg" },
    ...{ cert: old.certificatePem, key: old.privateKeyPem, ca: authority.certificatePem },
  });
  const [error] = (await once(socket, "error")) as [Error];
  assert.match(error.message, /40[13]/);
  const refused = secure.cloud.log.entries.find(
    ({ message }) => message === "refused a connection",
  );
  assert.match(String(refused?.fields.reason), /kubeedge\.io/);
});

test("an object whose name is a word of the protocol is kept for its node like any other", async (t) => {
  const cloud = await TestCloud.create(t, standIn);
  await cloud.startKube();
  await cloud.startCore();
  const head = { apiVersion: "devices.kubeedge.io/v1beta1" };
  // KubeEdge looks for these anywhere in a resource, and then sends the object once only.
  for (const name of ["membership", "podlist", "twin"]) {
    const metadata = { name, namespace: "default" };
    const model = { ...head, kind: "DeviceModel", metadata, spec: { properties: [] } };
    await cloud.client.create(DEVICE_MODELS, model, { signal });
    const spec = { nodeName: "pi-1", deviceModelRef: { name } };
    await cloud.client.create(DEVICES, { ...head, kind: "Device", metadata, spec }, { signal });
  }
  const words = ["membership", "podlist", "twin"];
  const resources = words.flatMap((word) => [
    `default/device/${word}`,
    `default/devicemodel/${word}`,
  ]);
  // What is not acknowledged comes again on the next connection.
  for (const dial of ["first", "second"]) {
    const edge = await ScriptedEdge.dial(cloud.core.hubPort, "pi-1");
    t.after(() => edge.close());
    edge.isAcknowledging = false;
    edge.askForDevices();
    await until(`each object on the ${dial} connection`, () =>
      resources.every((wanted) => edge.received.some(({ route }) => route.resource === wanted)),
    );
    edge.close();
  }
});

test("who does not trust the cloud's certificate is seen in the cloud's log too", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const socket = connect({ port: secure.cloud.core.hubPort, host: "127.0.0.1", ca: [] });
  await once(socket, "error");
  const found = () =>
    secure.cloud.log.entries.find(({ message }) => message === "a TLS handshake failed");
  await until("a line about the handshake", () => found() !== undefined);
  assert.equal(found()?.level, "warn");
  assert.ok(found()?.fields.error);
});
