import { isDeepStrictEqual } from "node:util";
import { deviceCrds } from "@mapperkit/api/crds";
import type { WebhookClientConfig } from "../conversion-webhook/index.ts";
import { covers, type KubeObject } from "../kube/index.ts";

export const STORED_VERSION = "v1beta1";

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly [field: string]: unknown;
}

export interface Crd extends KubeObject {
  readonly spec: { readonly versions: readonly CrdVersion[]; readonly [field: string]: unknown };
}

/**
 * The device CRDs, with conversion by the webhook, or, without one, serving v1beta1 alone: with
 * v1alpha2 served and no conversion, Kubernetes would prune nodes and desired values in silence.
 */
export function wantedCrds(webhook: WebhookClientConfig | undefined): readonly Crd[] {
  return (deviceCrds as readonly Crd[]).map((crd) => ({
    ...crd,
    spec: webhook ? withWebhook(crd.spec, webhook) : withoutWebhook(crd.spec),
  }));
}

/** True when the API server holds all that is wanted; what it added by itself is not looked at. */
export function holdsAll(live: KubeObject, wanted: Crd): boolean {
  const liveSpec = live.spec as Crd["spec"];
  if (!covers(liveSpec, wanted.spec)) return false;
  // Schemas are compared whole: a field that we gave up must go.
  return wanted.spec.versions.every((version) => {
    const held = liveSpec.versions.find((each) => each.name === version.name);
    return isDeepStrictEqual(held?.schema, version.schema);
  });
}

function withWebhook(spec: Crd["spec"], clientConfig: WebhookClientConfig): Crd["spec"] {
  return {
    ...spec,
    conversion: {
      strategy: "Webhook",
      webhook: { clientConfig, conversionReviewVersions: ["v1"] },
    },
  };
}

/** Versions stay listed: Kubernetes refuses to drop one in which objects may be stored. */
function withoutWebhook(spec: Crd["spec"]): Crd["spec"] {
  return {
    ...spec,
    conversion: { strategy: "None", webhook: null },
    versions: spec.versions.map((version) => ({
      ...version,
      served: version.name === STORED_VERSION,
    })),
  };
}
