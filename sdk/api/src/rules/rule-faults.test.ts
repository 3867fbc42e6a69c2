import assert from "node:assert/strict";
import { test } from "node:test";
import { findRuleFaults } from "./rule-faults.ts";
import { parseRule, parseRuleEndpoint, type RuleEndpoint } from "./rule-objects.ts";

const endpoint = (type: string, properties: object = {}): RuleEndpoint =>
  parseRuleEndpoint({
    metadata: { name: `my-${type}`, namespace: "default" },
    spec: { ruleEndpointType: type, properties },
  });
const rest = endpoint("rest");
const eventbus = endpoint("eventbus");
const servicebus = endpoint("servicebus", { service_port: "6666" });

const cases: [RuleEndpoint | undefined, object, RuleEndpoint | undefined, object, string][] = [
  [rest, { path: "/a" }, eventbus, { topic: "test" }, ""],
  [rest, { path: "/a/{id}" }, servicebus, { path: "/x/{id}" }, ""],
  [eventbus, { topic: "a/+", node_name: "n" }, rest, { resource: "http://h/b" }, ""],
  [servicebus, { target_url: "x", node_name: "n" }, rest, { resource: "https://h" }, ""],
  [undefined, {}, eventbus, {}, "spec.source: there is no RuleEndpoint"],
  [rest, { path: "/a" }, undefined, {}, "spec.target: there is no RuleEndpoint"],
  [rest, { path: "/a" }, rest, { resource: "http://h" }, "spec.target: a rest endpoint cannot"],
  [eventbus, {}, servicebus, {}, "spec.target: a eventbus endpoint cannot"],
  [rest, {}, eventbus, { topic: "t" }, "spec.sourceResource.path: is missing"],
  [rest, { path: "/a{b}" }, eventbus, { topic: "t" }, "spec.sourceResource.path: segment"],
  [rest, { path: "/a b" }, eventbus, { topic: "t" }, "spec.sourceResource.path: "],
  [rest, { path: "/a" }, eventbus, { topic: "a/#" }, "spec.targetResource.topic: "],
  [rest, { path: "/a" }, eventbus, { topic: "a/node/b" }, "spec.targetResource.topic: "],
  [rest, { path: "/a" }, eventbus, { topic: "$hw/x" }, "spec.targetResource.topic: "],
  [eventbus, { topic: "a/#/b", node_name: "n" }, rest, { resource: "http://h" }, "spec.sourceRes"],
  [eventbus, { topic: "a" }, rest, { resource: "http://h" }, "spec.sourceResource.node_name: is"],
  [eventbus, { topic: "a", node_name: "n" }, rest, { resource: "/b" }, "spec.targetResource.res"],
  [rest, { path: "/a" }, endpoint("servicebus"), { path: "/b" }, "RuleEndpoint my-servicebus: "],
  [
    rest,
    { path: "/a" },
    endpoint("servicebus", { service_port: "65536" }),
    { path: "/b" },
    'RuleEndpoint my-servicebus: spec.properties.service_port: "65536" is no port',
  ],
];

for (const [source, sourceResource, target, targetResource, fault] of cases) {
  const from = `${source?.spec.ruleEndpointType} ${JSON.stringify(sourceResource)}`;
  const to = `${target?.spec.ruleEndpointType} ${JSON.stringify(targetResource)}`;
  test(`${from} to ${to}: ${fault || "works"}`, () => {
    const rule = parseRule({
      metadata: { name: "r", namespace: "default" },
      spec: { source: "s", sourceResource, target: "t", targetResource },
    });
    const [first] = findRuleFaults(rule, { source, target });
    const said = first ? `${first.field}: ${first.message}` : "";
    assert.ok(fault ? said.startsWith(fault) : said === "", said);
  });
}

test("what is no rule is refused with its field", () => {
  const spec = { source: "a", sourceResource: {}, target: "b", targetResource: { topic: 1 } };
  assert.throws(() => parseRule({ metadata: { name: "r" }, spec }), {
    code: "invalid_input",
    details: { field: "spec.targetResource.topic" },
  });
  assert.throws(() => parseRuleEndpoint({ metadata: { name: "e" }, spec: {} }), {
    code: "invalid_input",
    details: { field: "spec.ruleEndpointType" },
  });
});
