import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { RulesSystem, rulesPath, run } from "./harness/rules-system.ts";

let system: RulesSystem;
before(async () => {
  system = await RulesSystem.start();
});
after(() => system[Symbol.asyncDispose]());

const publish = (topic: string, message: string) =>
  run("mosquitto_pub", [
    ...["-p", `${system.edge.mqttPort}`, "-q", "1", "-t", topic, "-m", message],
  ]);
const texts = (heard: readonly { body: Buffer }[]) => heard.map(({ body }) => `${body}`);

test("eventbus to rest: mosquitto_pub at the edge, an HTTP server in the cloud", async () => {
  let isFailing = true;
  const { port, heard } = await system.serve((_, response) => {
    response.writeHead(isFailing ? 503 : 200).end();
  });
  await system.apply("rule-eventbus-rest", {
    targetResource: { resource: `http://127.0.0.1:${port}/b` },
  });
  await system.apply("ruleEndpoint-eventbus");
  await system.apply("ruleEndpoint-rest");
  const first = await eventually("the rule refuses this machine", async () => {
    await publish("default/test", "refused");
    const name = "my-rule-eventbus-rest";
    const { body } = await system.kube.get(`${rulesPath("Rule")}/${name}`);
    return body.status?.failMessages > 0 ? body.status : undefined;
  });
  assert.match(first.errors[0], /127\.0\.0\.1.*allow_local/);
  assert.equal(heard.length, 0);

  const allow = { spec: { properties: { allow_local: "true" } } };
  await system.kube.patch(`${rulesPath("RuleEndpoint")}/my-rest`, allow);
  await eventually("it is tried", () => heard.length > 0 || undefined);
  await publish("default/test", '{"edgemsg":"msgtocloud"}');
  assert.equal(new Set(texts(heard)).size, 1, "the second waits for the first");
  isFailing = false;
  await eventually("both arrive", () => texts(heard).at(-1)?.includes("msgtocloud") || undefined);
  assert.ok(
    texts(heard)
      .slice(0, -1)
      .every((text) => text === "refused"),
  );
  const { method, url, headers } = heard.at(-1)!;
  assert.deepEqual([method, url, headers.nodename], ["POST", "/b", "k8s-edge-1"]);
  const keys = new Set(heard.map((each) => each.headers["idempotency-key"]));
  const refused = texts(heard).filter((text) => text === "refused").length;
  assert.ok(keys.size < heard.length && refused > 1, "a message keeps its key when it comes again");
  const status = await system.ruleWith("my-rule-eventbus-rest", ({ successMessages = 0 }) => {
    return successMessages >= 2;
  });
  assert.ok(status.conditions!.every((each) => each.status === "True"));
});

test("what is published without a link, and before a restart, arrives once, in order", async () => {
  const { port, heard } = await system.serve();
  await system.apply(
    "rule-eventbus-rest",
    {
      sourceResource: { topic: "plant/+/t", node_name: "k8s-edge-1" },
      targetResource: { resource: `http://127.0.0.1:${port}/plant` },
    },
    "wild",
  );
  await eventually("the edge listens", async () => {
    await publish("default/plant/0/t", "ready");
    return heard.length > 0 || undefined;
  });
  await eventually("no more to come", () => new Set(texts(heard)).size === 1 || undefined);
  system.line.cut();
  const sent = Array.from({ length: 20 }, (_, n) => `${n}`);
  const lines = Buffer.from(`${sent.join("\n")}\n`);
  const port1 = `${system.edge.mqttPort}`;
  await run("mosquitto_pub", ["-p", port1, "-q", "1", "-t", "default/plant/1/t", "-l"], lines);
  await system.edge.stop();
  system.line.mend();
  await system.startEdge();
  const numbers = () => texts(heard).filter((text) => text !== "ready");
  await eventually("all arrive", () => numbers().length >= sent.length || undefined);
  assert.deepEqual(numbers(), sent);
});

test("a rule that goes while its node is away leaves no subscription", async () => {
  system.line.cut();
  await eventually("the node is away", async () => {
    const { conditions = [] } = await system.ruleWith("wild", () => true);
    return (
      conditions.some((each) => each.type === "NodeConnected" && each.status === "False") ||
      undefined
    );
  });
  await system.kube.delete(`${rulesPath("Rule")}/wild`);
  system.line.mend();
  await eventually("nothing more waits for a rule", async () => {
    await publish("default/plant/2/t", "late");
    const said = system.log.entries.map(({ message }) => message);
    return said.filter((message) => message === "node connected").length >= 3 || undefined;
  });
});
