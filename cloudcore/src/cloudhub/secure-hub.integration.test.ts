import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { WebSocket } from "ws";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { makeSelfSigned, nodeSubject } from "../testing/scripted-joiner.ts";
import { SecureCloud } from "../testing/secure-cloud.ts";
import type { MakeKubernetes } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";
import { hubConfig } from "./hub-config.ts";

const standIn: MakeKubernetes = (dataDir, port, clock) => {
  const tools = { clock, random: createRandom(1), log: silentLog };
  return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
};

interface Identity {
  key?: string;
  cert?: string;
  ca?: string;
}

/** The status and the reason with which a dial is refused. */
function refusal(port: number, node: string, tls: Identity): Promise<string> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/p/${node}/events`, {
    headers: { node_id: node, ConnectionUse: "msg" },
    rejectUnauthorized: false,
    ...tls,
  });
  return new Promise((resolve, reject) => {
    socket.on("open", () => reject(new Error("the dial was accepted")));
    socket.on("error", reject);
    socket.on("unexpected-response", async (_, response) => {
      let text = "";
      for await (const chunk of response) text += String(chunk);
      resolve(`${response.statusCode} ${text}`);
    });
  });
}

async function joined(t: TestContext, secure: SecureCloud, node: string): Promise<ScriptedEdge> {
  const edge = await ScriptedEdge.dial(secure.cloud.core.hubPort, node, await secure.join(node));
  t.after(() => edge.close());
  return edge;
}

test("a joined node is served over TLS that it can verify", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const edge = await joined(t, secure, "pi-1");
  const asked = edge.askForDevices();
  assert.equal((await edge.got("response", "membership/detail")).header.parent_msg_id, asked);
});

test("who is not who it says is refused, and both sides know why", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const port = secure.cloud.core.hubPort;
  const mine = await secure.join("pi-1");
  assert.match(
    await refusal(port, "pi-2", mine),
    /^403 .*"pi-2": the client certificate is node pi-1's/,
  );
  assert.match(await refusal(port, "pi-1", {}), /^401 there is no client certificate/);
  const stranger = makeSelfSigned(nodeSubject("pi-1"));
  assert.match(await refusal(port, "pi-1", stranger), /^401 .*not of this cloud's authority/);
  const old = makeSelfSigned("/O=KubeEdge/CN=kubeedge.io");
  assert.match(await refusal(port, "pi-1", old), /^401 .*not of this cloud's authority/);
  const logged = secure.cloud.log.entries.filter(
    ({ message }) => message === "refused a connection",
  );
  assert.deepEqual(
    logged.map(({ fields }) => [fields?.status, fields?.node, fields?.from]),
    [
      [403, "pi-2", "127.0.0.1"],
      [401, "pi-1", "127.0.0.1"],
      [401, "pi-1", "127.0.0.1"],
      [401, "pi-1", "127.0.0.1"],
    ],
  );
});

test("a certificate that expires ends its session, and does not begin another", async (t) => {
  const secure = await SecureCloud.start(t, standIn, { nodeCertificateDays: 3 / 86_400 });
  const identity = await secure.join("pi-1");
  const edge = await ScriptedEdge.dial(secure.cloud.core.hubPort, "pi-1", identity);
  await until("the end of the session", () => !edge.isOpen);
  const why = await refusal(secure.cloud.core.hubPort, "pi-1", identity);
  assert.match(why, /^401 the client certificate expired at .*`mapperkit join` and a new token/);
});

test("openssl: TLS 1.2 and 1.3 with ECDSA, nothing older", async (t) => {
  const secure = await SecureCloud.start(t, standIn);
  const { hubPort } = secure.cloud.core;
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const told = await sClient(hubPort, version);
    assert.match(told, /Server public key is 256 bit/);
    assert.match(told, /Acceptable client certificate CA names/);
    if (version === "-tls1_2") assert.match(told, /ECDHE-ECDSA-/);
  }
  assert.match(
    await sClient(hubPort, "-tls1_1"),
    /alert protocol version|no protocols available|unsupported protocol/,
  );
});

function sClient(port: number, version: string): Promise<string> {
  const args = ["s_client", "-connect", `127.0.0.1:${port}`, version];
  return new Promise((resolve) => {
    const child = execFile("openssl", args, (_, out, err) => resolve(`${out}${err}`));
    child.stdin?.end();
  });
}

test("a plain hub is refused off the loopback, in one line that says what to do", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "127.9.9.9"]) hubConfig.parse({ host });
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "cloud.example"]) {
    const { error } = hubConfig.safeParse({ host });
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join(".")),
      ["host"],
    );
    assert.match(error?.issues[0]?.message ?? "", /--advertise/);
    hubConfig.parse({ host, tls: { advertise: ["cloud.example"] } });
  }
});
