import type { Rule, RuleEndpoint, RuleEndpointType } from "./rule-objects.ts";

/** Why a rule cannot work as it is: the field and what was expected of it. */
export interface RuleFault {
  readonly field: string;
  readonly message: string;
}

/** Who may send to whom (router §5.1); servicebus to rest is ours, KubeEdge's admission forbids it. */
const ROADS: Readonly<Record<RuleEndpointType, readonly RuleEndpointType[]>> = {
  rest: ["eventbus", "servicebus"],
  eventbus: ["rest"],
  servicebus: ["rest"],
};

const MAX_PORT = 65_535;

/** What is wrong with an endpoint by itself; nothing when it can be used. */
export function findEndpointFaults({ spec }: RuleEndpoint): readonly RuleFault[] {
  if (spec.ruleEndpointType !== "servicebus") return [];
  const { service_port: port } = spec.properties;
  if (port !== undefined && /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= MAX_PORT)
    return [];
  const message = `${JSON.stringify(port ?? "")} is no port, it must be from 1 to ${MAX_PORT}`;
  return [{ field: "spec.properties.service_port", message }];
}

/** What is wrong with a rule, with the endpoints that it names as far as they exist. */
export function findRuleFaults(
  { spec }: Rule,
  endpoints: { source?: RuleEndpoint | undefined; target?: RuleEndpoint | undefined },
): readonly RuleFault[] {
  const faults: RuleFault[] = [];
  const { source, target } = endpoints;
  if (!source) faults.push(missing("spec.source", spec.source));
  if (!target) faults.push(missing("spec.target", spec.target));
  for (const endpoint of [source, target]) {
    if (!endpoint) continue;
    for (const { field, message } of findEndpointFaults(endpoint))
      faults.push({ field: `RuleEndpoint ${endpoint.metadata.name}: ${field}`, message });
  }
  if (!source || !target) return faults;
  const from = source.spec.ruleEndpointType;
  const to = target.spec.ruleEndpointType;
  if (!ROADS[from].includes(to)) {
    const message = `a ${from} endpoint cannot send to one of type ${to}, only to ${ROADS[from].join(" or ")}`;
    return [...faults, { field: "spec.target", message }];
  }
  return [...faults, ...sourceFaults(from, spec), ...targetFaults(to, spec)];
}

function missing(field: string, name: string): RuleFault {
  return { field, message: `there is no RuleEndpoint ${JSON.stringify(name)} in this namespace` };
}

function sourceFaults(type: RuleEndpointType, { sourceResource }: Rule["spec"]): RuleFault[] {
  const field = "spec.sourceResource";
  switch (type) {
    case "rest":
      return required(field, sourceResource, "path", pathFault);
    case "eventbus":
      return [
        ...required(field, sourceResource, "topic", filterFault),
        ...required(field, sourceResource, "node_name"),
      ];
    case "servicebus":
      return [
        ...required(field, sourceResource, "target_url"),
        ...required(field, sourceResource, "node_name"),
      ];
  }
}

function targetFaults(type: RuleEndpointType, { targetResource }: Rule["spec"]): RuleFault[] {
  const field = "spec.targetResource";
  switch (type) {
    case "rest":
      return required(field, targetResource, "resource", urlFault);
    case "eventbus":
      return required(field, targetResource, "topic", topicFault);
    case "servicebus":
      return required(field, targetResource, "path");
  }
}

function required(
  field: string,
  words: Readonly<Record<string, string>>,
  key: string,
  faultOf: (value: string) => string | undefined = () => undefined,
): RuleFault[] {
  const value = words[key] ?? "";
  const message = value === "" ? "is missing" : faultOf(value);
  return message === undefined ? [] : [{ field: `${field}.${key}`, message }];
}

/** `{name}` is a variable when it is a whole segment. */
function pathFault(path: string): string | undefined {
  const bad = path.split("/").find((part) => /[{}]/.test(part) && !/^\{\w+\}$/.test(part));
  if (bad !== undefined) return `segment ${JSON.stringify(bad)} must be a word or a whole {name}`;
  return /[?#\s]/.test(path) ? `${JSON.stringify(path)} must have no ?, # or space` : undefined;
}

function filterFault(filter: string): string | undefined {
  const levels = filter.split("/");
  const isWellFormed = levels.every(
    (level, at) =>
      !/[+#]/.test(level) || level === "+" || (level === "#" && at === levels.length - 1),
  );
  return isWellFormed && !filter.startsWith("$") && !filter.includes("\0")
    ? undefined
    : `${JSON.stringify(filter)} is no topic filter of MQTT outside $hw`;
}

/** A level `node` would make KubeEdge's cloudhub take the next level for the name of a node. */
function topicFault(topic: string): string | undefined {
  if (/[+#\0]/.test(topic))
    return `${JSON.stringify(topic)} must have no wildcard: it is published to`;
  if (topic.startsWith("$")) return `${JSON.stringify(topic)} is reserved`;
  return topic.split("/").includes("node")
    ? `${JSON.stringify(topic)} must have no level "node"`
    : undefined;
}

function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:"
    ? undefined
    : `${JSON.stringify(text)} must be an absolute URL of http or https`;
}
