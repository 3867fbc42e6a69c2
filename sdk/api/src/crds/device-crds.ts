import type { z } from "zod";
import { deviceModelV1alpha2 } from "./device-model-v1alpha2.ts";
import { deviceModelV1beta1 } from "./device-model-v1beta1.ts";
import { deviceV1alpha2 } from "./device-v1alpha2.ts";
import { deviceV1beta1 } from "./device-v1beta1.ts";
import { structuralSchema } from "./structural-schema.ts";

const GROUP = "devices.kubeedge.io";

interface Column {
  name: string;
  type: "string" | "date";
  description?: string;
  jsonPath: string;
}

interface Kind {
  kind: string;
  hasStatus: boolean;
  v1beta1: { schema: z.ZodType; columns: Column[] };
  v1alpha2: { schema: z.ZodType; columns: Column[] };
}

const age: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

function deviceColumns(node: string, status: string): Column[] {
  return [
    { name: "Model", type: "string", jsonPath: ".spec.deviceModelRef.name" },
    { name: "Node", type: "string", jsonPath: node },
    { name: "State", type: "string", jsonPath: `${status}.state` },
    {
      name: "Synced",
      type: "string",
      description: "Whether every desired value is applied.",
      jsonPath: `${status}.conditions[?(@.type=="Synced")].status`,
    },
    age,
  ];
}

const modelColumns: Column[] = [
  { name: "Protocol", type: "string", jsonPath: ".spec.protocol" },
  age,
];

const kinds: Kind[] = [
  {
    kind: "DeviceModel",
    hasStatus: false,
    v1beta1: { schema: deviceModelV1beta1, columns: modelColumns },
    v1alpha2: { schema: deviceModelV1alpha2, columns: modelColumns },
  },
  {
    kind: "Device",
    hasStatus: true,
    v1beta1: { schema: deviceV1beta1, columns: deviceColumns(".spec.nodeName", ".status") },
    v1alpha2: {
      schema: deviceV1alpha2,
      columns: deviceColumns(
        ".spec.nodeSelector.nodeSelectorTerms[0].matchExpressions[0].values[0]",
        ".status.observed",
      ),
    },
  },
];

/**
 * CustomResourceDefinitions of DeviceModel and Device (device-api.md 1, 2, 9). Who installs them adds
 * `conversion.webhook.clientConfig`: where the API server finds the conversion.
 */
export const deviceCrds: readonly object[] = kinds.map(customResourceDefinition);

function customResourceDefinition({ kind, hasStatus, v1beta1, v1alpha2 }: Kind): object {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular },
      scope: "Namespaced",
      conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } },
      versions: [
        version("v1beta1", v1beta1, true, hasStatus),
        version("v1alpha2", v1alpha2, false, false),
      ],
    },
  };
}

function version(
  name: string,
  { schema, columns }: Kind["v1beta1"],
  isStored: boolean,
  hasStatusSubresource: boolean,
): object {
  return {
    name,
    served: true,
    storage: isStored,
    ...(hasStatusSubresource ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns: columns,
    schema: { openAPIV3Schema: structuralSchema(schema) },
  };
}
