const GROUP = "rules.kubeedge.io";

const text = { type: "string" };
const words = { type: "object", additionalProperties: text };
const timeOrText = (name: string, jsonPath: string, type = "string") => ({ name, type, jsonPath });
const age = timeOrText("Age", ".metadata.creationTimestamp", "date");

const ruleSchema = {
  type: "object",
  required: ["source", "sourceResource", "target", "targetResource"],
  properties: {
    source: { ...text, minLength: 1 },
    sourceResource: words,
    target: { ...text, minLength: 1 },
    targetResource: words,
  },
};

const conditionSchema = {
  type: "object",
  required: ["type", "status", "lastTransitionTime", "reason", "message"],
  properties: {
    type: text,
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    lastTransitionTime: text,
    reason: text,
    message: text,
  },
};

const statusSchema = {
  type: "object",
  properties: {
    successMessages: { type: "integer", format: "int64" },
    failMessages: { type: "integer", format: "int64" },
    errors: { type: "array", items: text },
    conditions: { type: "array", items: conditionSchema },
  },
};

const endpointSchema = {
  type: "object",
  required: ["ruleEndpointType"],
  properties: {
    ruleEndpointType: { type: "string", enum: ["rest", "eventbus", "servicebus"] },
    properties: words,
  },
};

/**
 * CustomResourceDefinitions of Rule and RuleEndpoint (device-crds §1.9), as KubeEdge has them without
 * a status subresource; conditions and columns are ours.
 */
export const ruleCrds: readonly object[] = [
  customResourceDefinition("Rule", { spec: ruleSchema, status: statusSchema }, [
    timeOrText("Source", ".spec.source"),
    timeOrText("Target", ".spec.target"),
    timeOrText("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    timeOrText("Success", ".status.successMessages", "integer"),
    timeOrText("Fail", ".status.failMessages", "integer"),
    age,
  ]),
  customResourceDefinition(
    "RuleEndpoint",
    { spec: endpointSchema },
    [timeOrText("Type", ".spec.ruleEndpointType"), age],
    ["re"],
  ),
];

function customResourceDefinition(
  kind: string,
  parts: object,
  columns: readonly object[],
  shortNames: readonly string[] = [],
): object {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const properties = { apiVersion: text, kind: text, metadata: { type: "object" }, ...parts };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        ...{ kind, listKind: `${kind}List`, plural, singular },
        ...(shortNames.length > 0 && { shortNames }),
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties } },
        },
      ],
    },
  };
}
