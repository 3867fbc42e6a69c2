import assert from "node:assert/strict";
import { test } from "node:test";
import { type Envelope, MapperkitError, makeEnvelope } from "@mapperkit/api";
import { createRandom, MemoryLog, VirtualClock } from "@mapperkit/runtime";
import type { CloudRequest } from "../edgehub/cloud-calls.ts";
import { NodeAgent } from "./node-agent.ts";

const facts = {
  ...{ cpus: 2, memoryKi: 1024, address: "192.0.2.1", architecture: "amd64" },
  ...{ operatingSystem: "linux", kernelVersion: "6.1", osImage: "Debian" },
};

/** A cluster with or without the node. */
class Cluster {
  readonly asked: string[] = [];
  hasNode = false;
  hasLease = false;
  isAway = false;

  async call({ operation, resource }: CloudRequest): Promise<Envelope> {
    this.asked.push(`${operation} ${resource}`);
    if (this.isAway) throw new MapperkitError("timed_out", "no answer");
    return answer(this.#do(operation, resource));
  }

  #do(operation: string, resource: string): object {
    const isLease = resource.includes("/lease/");
    if (operation === "insert") {
      if (isLease) this.hasLease = true;
      else this.hasNode = true;
    }
    if (isLease ? this.hasLease : this.hasNode) return { Object: {}, Err: null };
    return { Object: null, Err: { ErrStatus: { code: 404, message: "not found" } } };
  }
}

function answer(content: object): Envelope {
  const route = { source: "edgecontroller", group: "resource", operation: "response" };
  return makeEnvelope({ id: "1", timestamp: 1, ...route, resource: "r", content });
}

async function agentFor(cluster: Cluster, t: { after(work: () => Promise<void>): void }) {
  const [clock, log] = [new VirtualClock(1_700_000_000_000), new MemoryLog()];
  const agent = new NodeAgent({
    ...{ node: "pi-1", cloud: cluster, readFacts: () => facts },
    ...{ clock, random: createRandom(1), log },
  });
  await agent.start();
  t.after(() => agent.stop());
  return { agent, clock, log };
}

test("a new node is made, its status told, its lease made and renewed", async (t) => {
  const cluster = new Cluster();
  const { agent, clock } = await agentFor(cluster, t);
  agent.connected();
  await clock.advance(0);
  assert.deepEqual(cluster.asked.splice(0), [
    ...["patch default/nodepatch/pi-1", "insert default/node/pi-1", "patch default/nodepatch/pi-1"],
    ...["update kube-node-lease/lease/pi-1", "insert kube-node-lease/lease/pi-1"],
  ]);
  await clock.advance(30_000);
  assert.deepEqual(cluster.asked.splice(0), Array(3).fill("update kube-node-lease/lease/pi-1"));
  agent.disconnected();
  await clock.advance(60_000);
  assert.deepEqual(cluster.asked.splice(0), []);
  agent.connected();
  await clock.advance(0);
  assert.deepEqual(cluster.asked, [
    "patch default/nodepatch/pi-1",
    "update kube-node-lease/lease/pi-1",
  ]);
});

test("a cloud that does not answer is asked again, and it is said once", async (t) => {
  const cluster = new Cluster();
  cluster.isAway = true;
  const { agent, clock, log } = await agentFor(cluster, t);
  agent.connected();
  await clock.advance(60_000);
  assert.ok(cluster.asked.length > 2);
  assert.equal(log.entries.length, 1);
  cluster.isAway = false;
  await clock.advance(10_000);
  assert.equal(cluster.hasLease, true);
});
