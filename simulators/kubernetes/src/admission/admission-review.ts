import { z } from "zod";
import { type AdmissionAsked, groupVersion, type KubeObject } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { StatusError } from "../status/index.ts";

const API_VERSION = "admission.k8s.io/v1";
const OPTIONS = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" };

const answerSchema = z.object({
  kind: z.string(),
  apiVersion: z.string(),
  response: z.object({
    uid: z.string(),
    allowed: z.boolean().default(false),
    status: z
      .object({
        code: z.number().int().default(0),
        reason: z.string().default(""),
        message: z.string().default(""),
        details: z.looseObject({}).optional(),
      })
      .optional(),
    patch: z.string().optional(),
    patchType: z.string().optional(),
    warnings: z.array(z.string()).nullish(),
  }),
});

export type AdmissionResponse = z.infer<typeof answerSchema>["response"];

/** An AdmissionReview's `request`, with the objects in the version that the webhook asked for. */
export function reviewOf(
  asked: AdmissionAsked,
  seen: ServedResource,
  objects: { readonly object: KubeObject | undefined; readonly old: KubeObject | undefined },
  uid: string,
): object {
  const { resource, subresource, name, namespace, operation, user } = asked;
  const sub = subresource === undefined ? {} : { subResource: subresource };
  const requestSub = subresource === undefined ? {} : { requestSubResource: subresource };
  return {
    kind: "AdmissionReview",
    apiVersion: API_VERSION,
    request: {
      uid,
      ...kindAndResource(seen),
      ...sub,
      requestKind: kindAndResource(resource).kind,
      requestResource: kindAndResource(resource).resource,
      ...requestSub,
      name,
      ...(namespace === "" ? {} : { namespace }),
      operation,
      userInfo: {
        username: user.name,
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        groups: [...user.groups],
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      },
      object: objects.object ?? null,
      oldObject: objects.old ?? null,
      dryRun: asked.dryRun,
      options: {
        kind: OPTIONS[operation],
        apiVersion: "meta.k8s.io/v1",
        ...(asked.fieldManager === undefined ? {} : { fieldManager: asked.fieldManager }),
      },
    },
  };
}

function kindAndResource({ group, version, kind, plural }: ServedResource) {
  return { kind: { group, version, kind }, resource: { group, version, resource: plural } };
}

/** @throws Error telling what is wrong with the answer, in the real server's words where it has some */
export function readResponse(text: string, uid: string): AdmissionResponse {
  const body = JSON.parse(text) as { kind?: unknown; apiVersion?: unknown; response?: unknown };
  if (body.apiVersion !== API_VERSION || body.kind !== "AdmissionReview") {
    const got = `${String(body.apiVersion ?? "")}, Kind=${String(body.kind ?? "")}`;
    throw new Error(
      `expected webhook response of ${groupVersion("admission.k8s.io", "v1")}, Kind=AdmissionReview, got ${got}`,
    );
  }
  if (body.response === undefined || body.response === null) {
    throw new Error("webhook response was absent");
  }
  const { data, error } = answerSchema.safeParse(body);
  const [issue] = error?.issues ?? [];
  if (data === undefined) throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
  if (data.response.uid !== uid) {
    throw new Error(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(data.response.uid)}`,
    );
  }
  return data.response;
}

/** What a client is told when a webhook says no. */
export function denial(webhook: string, { status }: AdmissionResponse): StatusError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const { code = 0, reason = "", message = "", details } = status ?? {};
  const why = message || reason;
  return new StatusError(
    Math.max(code, 400),
    reason,
    why === "" ? `${by} without explanation` : `${by}: ${why}`,
    details,
  );
}
