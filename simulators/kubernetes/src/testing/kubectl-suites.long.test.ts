import assert from "node:assert/strict";
import { test } from "node:test";
import { findKubectls, Kubectl, whyNoKubectl } from "./kubectl.ts";
import { expectedOf, kubectlSuites, runCase, versionOf } from "./kubectl-cases.ts";
import { TestServer } from "./test-server.ts";

const skip = whyNoKubectl();

for (const file of findKubectls()) {
  for (const { suite } of kubectlSuites()) {
    test(`${file}: ${suite.cases.length} commands on ${suite.title}`, { skip }, async (t) => {
      await using server = await TestServer.start();
      await using kubectl = await Kubectl.create(server.kubernetes.kubeconfigFile, file);
      for (const [name, text] of Object.entries(suite.files)) await kubectl.write(name, text);
      const version = await versionOf(kubectl);
      // One after the other: each finds what those before it left.
      for (const [index, each] of suite.cases.entries()) {
        const result = await runCase(kubectl, each);
        await t.test(`${index + 1}. ${each.run}`, () => {
          if (each.match !== undefined) assert.match(result.out, new RegExp(each.match));
          else {
            const expected = expectedOf(each, version);
            const same = expected.find((one) => sameText(one) === sameText(result));
            assert.deepEqual(result, same ?? expected[0]);
          }
        });
      }
    });
  }
}

test("there are at least 150 commands", () => {
  const count = kubectlSuites().reduce((sum, { suite }) => sum + suite.cases.length, 0);
  assert.ok(count >= 150, String(count));
});

function sameText({ out, err, code }: { out: string; err: string; code: number }): string {
  return JSON.stringify([out, err, code]);
}
