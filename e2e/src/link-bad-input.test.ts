import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { createJoinToken } from "@mapperkit/cloudcore/tokens";
import { joinNode } from "@mapperkit/edgecore";
import type { LogEntry, MemoryLog } from "@mapperkit/runtime";
import mqtt from "mqtt";
import { eventually } from "./harness/eventually.ts";
import { JoinedNode } from "./harness/joined-node.ts";
import { LinkedEdges } from "./harness/linked-edges.ts";

const signal = new AbortController().signal;
const DAY_SECONDS = 86_400;
let ours: JoinedNode;
let theirs: JoinedNode;
before(async () => {
  [ours, theirs] = await Promise.all([
    JoinedNode.start(DAY_SECONDS),
    JoinedNode.start(DAY_SECONDS),
  ]);
});
after(async () => {
  await ours[Symbol.asyncDispose]();
  await theirs[Symbol.asyncDispose]();
});

async function tokenOf(cloud: JoinedNode, node: string, ttlMs = 60_000): Promise<string> {
  const loadAccess = () => loadKubeconfig(cloud.folder.join("kubeconfig"));
  const client = new KubeClient({ loadAccess, clock: cloud.clock });
  const { token } = await createJoinToken({ client, clock: cloud.clock }, { node, ttlMs }, signal);
  client.close();
  return token;
}

/** Every line of a component, with its fields. */
function linesOf(log: MemoryLog, component: string): string[] {
  return log.entries
    .filter(({ fields }) => fields.component === component)
    .map(({ message, fields }: LogEntry) => {
      const { error, ...rest } = fields;
      return `${message} ${error instanceof Error ? error.message : (error ?? "")} ${JSON.stringify(rest)}`;
    });
}

/** Both ends must say why, in words that tell what to do. */
async function bothSay(log: MemoryLog, cloud: RegExp, edge: RegExp): Promise<void> {
  for (const [component, words] of [
    ["cloudhub", cloud],
    ["edgehub", edge],
  ] as const) {
    await eventually(
      `${component} says ${words}: ${linesOf(log, component).join("\n")}`,
      () => linesOf(log, component).some((line) => words.test(line)) || undefined,
    );
  }
}

const badTokens: { why: string; token: () => Promise<string>; says: RegExp; isEdgeAlone?: true }[] =
  [
    {
      why: "one that nobody made",
      token: async () => `${(await tokenOf(ours, "kube-edge-1")).slice(0, -4)}AAAA`,
      says: /token/,
    },
    {
      why: "one that has expired",
      token: async () => {
        const token = await tokenOf(ours, "kube-edge-1", 1);
        await ours.clock.sleep(20);
        return token;
      },
      says: /expired/,
    },
    { why: "one for another node", token: () => tokenOf(ours, "other"), says: /other/ },
    {
      why: "one of another cloud",
      token: () => tokenOf(theirs, "kube-edge-1"),
      says: /not the one that made the token/,
      isEdgeAlone: true,
    },
  ];
for (const { why, token, says, isEdgeAlone } of badTokens) {
  test(`a token is refused with a reason on the edge: ${why}`, async () => {
    const { certificateUrl, files } = ours;
    const wish = { certificateUrl, token: await token(), node: "kube-edge-1", files };
    await assert.rejects(joinNode(wish, signal), { code: "rejected", message: says });
    const said = linesOf(ours.log, "certificate-server");
    // An edge that knows better does not show its token to the wrong cloud.
    assert.ok(isEdgeAlone || said.some((line) => says.test(line)), said.join("\n"));
  });
}

test("a certificate of another authority, and one of another node: both logs say why", async () => {
  await theirs.join();
  await ours.join();
  copyFileSync(theirs.files.certificate, ours.files.certificate);
  copyFileSync(theirs.files.key, ours.files.key);
  const stranger = await ours.startEdge();
  await bothSay(ours.log, /refused a connection .*authority|CA/i, /refused the connection \(401\)/);
  await stranger.stop();
  const { certificateUrl, files } = ours;
  await joinNode({ certificateUrl, token: await tokenOf(ours, "other"), files }, signal);
  const impostor = await ours.startEdge();
  await bothSay(
    ours.log,
    /client certificate is node other's/,
    /refused the connection \(403\): .*client certificate is node other's/,
  );
  await impostor.stop();
});

test("a frame that is too long: both logs name the limit, and others are served", async () => {
  await using link = await LinkedEdges.start({ maxMessageBytes: 4_000 });
  await link.createModel("lamp");
  await link.createDevice("lamp-1");
  await link.startEdge();
  await eventually("the device is at the edge", () => link.announced.size === 1 || undefined);
  const client = await mqtt.connectAsync(link.mqttUrl);
  const twin = { power: { actual: { value: "x".repeat(5_000) } } };
  await client.publishAsync(
    "$hw/events/device/default/lamp-1/twin/update",
    JSON.stringify({ event_id: "", timestamp: 0, twin }),
    { qos: 1 },
  );
  await bothSay(link.log, /longer than 4000 bytes/, /1009.*maxMessageBytes/);
  await client.endAsync(true);
});

test("a node that floods is read more slowly, is told so, and loses nothing", async () => {
  await using link = await LinkedEdges.start({ messagesPerSecond: 20 });
  await link.createModel("lamp");
  for (let index = 0; index < 60; index += 1) await link.createDevice(`lamp-${index}`);
  await link.startEdge();
  await eventually("the devices are at the edge", () => link.announced.size === 60 || undefined);
  await bothSay(link.log, /slowed down: .*20 messages a second/, /slowed down/);
});
