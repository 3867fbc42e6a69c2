import type { Mapping } from "./convert.ts";
import { cycleToV1alpha2, cycleToV1beta1 } from "./cycles.ts";
import { isObject, type Json, listOf, member, objectOf, textOf } from "./json.ts";
import {
  deviceProtocolToV1alpha2,
  deviceProtocolToV1beta1,
  visitorsToV1alpha2,
  visitorsToV1beta1,
} from "./protocol-mapping.ts";

/** Device (device-crds §1.7, device-api.md 2, 7, 8). */
export const deviceMapping: Mapping = {
  toV1beta1: deviceToV1beta1,
  toV1alpha2: deviceToV1alpha2,
  shapes: {
    v1alpha2: {
      keys: { "spec/propertyVisitors": "propertyName", "status/twins": "propertyName" },
      whole: new Set(["spec/protocol", "spec/nodeSelector"]),
      derived: new Set(["status/observed", "status/twins/*/reported"]),
    },
    v1beta1: {
      keys: { "spec/properties": "name", "status/twins": "propertyName" },
      whole: new Set(),
    },
  },
};

function deviceToV1beta1({ spec, status }: Json): Json {
  const twins = listOf(member(status, "twins"));
  const properties = propertiesOf(listOf(member(spec, "propertyVisitors")), twins);
  return {
    ...part(
      "spec",
      objectOf([
        ["deviceModelRef", member(spec, "deviceModelRef")],
        ["nodeName", nodeNameOf(member(spec, "nodeSelector"))],
        ["protocol", deviceProtocolToV1beta1(member(spec, "protocol"))],
        ["properties", properties.length > 0 ? properties : undefined],
      ]),
      isObject(spec),
    ),
    ...part("status", statusOf(status, twins)),
  };
}

/** Properties that are visited, then those that are only twins. */
function propertiesOf(visitors: readonly unknown[], twins: readonly unknown[]): Json[] {
  const names = new Set<string>();
  const visitorOf = firstByName(visitors);
  const twinOf = firstByName(twins);
  for (const name of [...visitorOf.keys(), ...twinOf.keys()]) names.add(name);
  return [...names].map((name) => {
    const visitor = visitorOf.get(name);
    return {
      name,
      ...objectOf([
        ["desired", member(twinOf.get(name), "desired")],
        ["visitors", visitorsToV1beta1(visitor)],
        ["reportCycle", cycleToV1beta1(member(visitor, "reportCycle"))],
        ["collectCycle", cycleToV1beta1(member(visitor, "collectCycle"))],
      ]),
    };
  });
}

/** The true status where the object carries it; else what the user says was reported. */
function statusOf(status: unknown, twins: readonly unknown[]): Json | undefined {
  const observed = member(status, "observed");
  if (isObject(observed)) return observed;
  const reported = [...firstByName(twins)].flatMap(([propertyName, twin]) => {
    const value = member(twin, "reported");
    return value === undefined ? [] : [{ propertyName, reported: value }];
  });
  return reported.length > 0 ? { twins: reported } : undefined;
}

function deviceToV1alpha2({ spec, status }: Json): Json {
  const properties = listOf(member(spec, "properties"));
  const visitors = properties.flatMap((property) => visitorOf(property) ?? []);
  const twins = twinsOf(properties, listOf(member(status, "twins")));
  return {
    ...part(
      "spec",
      objectOf([
        ["deviceModelRef", member(spec, "deviceModelRef")],
        ["protocol", deviceProtocolToV1alpha2(member(spec, "protocol"))],
        ["nodeSelector", nodeSelectorOf(member(spec, "nodeName"))],
        ["propertyVisitors", visitors.length > 0 ? visitors : undefined],
      ]),
      isObject(spec),
    ),
    ...part(
      "status",
      objectOf([
        ["twins", twins.length > 0 ? twins : undefined],
        ["observed", isObject(status) ? status : undefined],
      ]),
    ),
  };
}

function visitorOf(property: unknown): Json | undefined {
  const propertyName = textOf(member(property, "name"));
  const address = objectOf([
    ["reportCycle", cycleToV1alpha2(member(property, "reportCycle"))],
    ["collectCycle", cycleToV1alpha2(member(property, "collectCycle"))],
    ...Object.entries(visitorsToV1alpha2(member(property, "visitors")) ?? {}),
  ]);
  return propertyName === undefined || !address ? undefined : { propertyName, ...address };
}

/** One for each property with a value, or with nothing else to show; then values without a property. */
function twinsOf(properties: readonly unknown[], reports: readonly unknown[]): Json[] {
  const propertyOf = firstByName(properties, "name");
  const reportOf = firstByName(reports);
  const names = new Set([...propertyOf.keys(), ...reportOf.keys()]);
  return [...names].flatMap((propertyName) => {
    const property = propertyOf.get(propertyName);
    const values = objectOf([
      ["desired", member(property, "desired")],
      ["reported", member(reportOf.get(propertyName), "reported")],
    ]);
    const isBare = property !== undefined && !visitorOf(property);
    return values || isBare ? [{ propertyName, ...values }] : [];
  });
}

/** As KubeEdge reads it: key and operator do not count. */
function nodeNameOf(selector: unknown): string | undefined {
  const term = listOf(member(selector, "nodeSelectorTerms"))[0];
  const expression = listOf(member(term, "matchExpressions"))[0];
  return textOf(listOf(member(expression, "values"))[0]);
}

function nodeSelectorOf(nodeName: unknown): Json | undefined {
  if (typeof nodeName !== "string" || nodeName === "") return undefined;
  const expression = { key: "kubernetes.io/hostname", operator: "In", values: [nodeName] };
  return { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
}

function firstByName(list: readonly unknown[], key = "propertyName"): Map<string, unknown> {
  const items = new Map<string, unknown>();
  for (const item of list) {
    const name = textOf(member(item, key));
    if (name !== undefined && !items.has(name)) items.set(name, item);
  }
  return items;
}

/** A part of the object: present if it has something, or if its source was present too. */
function part(name: string, value: Json | undefined, isPresent = false): Json {
  return value || isPresent ? { [name]: value ?? {} } : {};
}
