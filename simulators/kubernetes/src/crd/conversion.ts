import { randomUUID } from "node:crypto";
import { isJsonObject, type KubeObject } from "../objects/index.ts";
import { StatusError } from "../status/index.ts";
import type { Store } from "../store/index.ts";
import { type WebhookTransport, webhookTarget, webhookUrl } from "../webhooks/index.ts";
import type { Conversion } from "./definition.ts";

/** Brings objects to another version of their kind; keeps their order. Rejects with a StatusError. */
export type Converter = (
  objects: readonly KubeObject[],
  apiVersion: string,
) => Promise<KubeObject[]>;

interface Sender {
  readonly store: Store;
  readonly transport: WebhookTransport;
}

/** The converter that a definition asks for. */
export function createConverter(conversion: Conversion | undefined, sender: Sender): Converter {
  if (conversion?.strategy !== "Webhook") {
    return (objects, apiVersion) =>
      Promise.resolve(objects.map((object) => ({ ...object, apiVersion })));
  }
  return (objects, apiVersion) => convertByWebhook(conversion, sender, objects, apiVersion);
}

/** Objects that already are of the version are not sent, and without others there is no call. */
async function convertByWebhook(
  conversion: Conversion,
  sender: Sender,
  objects: readonly KubeObject[],
  apiVersion: string,
): Promise<KubeObject[]> {
  const foreign = objects.filter((object) => object.apiVersion !== apiVersion);
  const [first] = foreign;
  if (first === undefined) return [...objects];
  const fail = (why: string, cause?: unknown) =>
    new StatusError(
      500,
      "",
      `conversion webhook for ${first.apiVersion}, Kind=${first.kind} failed: ${why}`,
      undefined,
      { cause },
    );
  const uid = randomUUID();
  const answer = await ask(
    conversion,
    sender,
    { uid, desiredAPIVersion: apiVersion, objects: foreign },
    fail,
  );
  const converted = readAnswer(answer, uid, foreign, apiVersion, fail);
  return objects.map((object) => converted.get(object) ?? object);
}

type Fail = (why: string, cause?: unknown) => StatusError;

async function ask(
  conversion: Conversion,
  { store, transport }: Sender,
  request: object,
  fail: Fail,
): Promise<unknown> {
  const config = conversion.webhook?.clientConfig ?? {};
  const review = { kind: "ConversionReview", apiVersion: "apiextensions.k8s.io/v1", request };
  let text: string;
  try {
    const target = webhookTarget(store, config);
    text = await transport.post(target, JSON.stringify(review));
  } catch (cause) {
    throw fail(
      `Post "${webhookUrl(config)}": ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw fail("the answer is not JSON", cause);
  }
}

function readAnswer(
  answer: unknown,
  uid: string,
  asked: readonly KubeObject[],
  apiVersion: string,
  fail: Fail,
): Map<KubeObject, KubeObject> {
  const response = isJsonObject(answer) ? answer.response : undefined;
  if (!isJsonObject(response)) throw fail("expected webhook response, got null");
  if (response.uid !== uid) {
    throw fail(`expected response.uid="${uid}", got "${String(response.uid)}"`);
  }
  const result = isJsonObject(response.result) ? response.result : {};
  if (result.status !== "Success") throw fail(String(result.message ?? "<nil>"));
  const converted: unknown = response.convertedObjects;
  if (!Array.isArray(converted) || converted.length !== asked.length) {
    const count = Array.isArray(converted) ? converted.length : 0;
    throw fail(`webhook returned ${count} objects, expected ${asked.length}`);
  }
  return new Map(
    asked.map((object, index) => [
      object,
      keepIdentity(object, converted[index], apiVersion, fail),
    ]),
  );
}

/** A conversion may change labels and annotations; everything else in metadata stays. */
function keepIdentity(
  original: KubeObject,
  converted: unknown,
  apiVersion: string,
  fail: Fail,
): KubeObject {
  if (!isJsonObject(converted) || converted.apiVersion !== apiVersion) {
    const got = isJsonObject(converted) ? String(converted.apiVersion) : typeof converted;
    throw fail(`invalid groupVersion (expected ${apiVersion}, received ${got})`);
  }
  if (converted.kind !== original.kind) {
    throw fail(`invalid kind (expected ${original.kind}, received ${String(converted.kind)})`);
  }
  const metadata = isJsonObject(converted.metadata) ? converted.metadata : {};
  for (const key of ["name", "namespace", "uid"] as const) {
    if ((metadata[key] ?? "") !== (original.metadata[key] ?? "")) {
      throw fail(`metadata.${key} must not be changed by a conversion`);
    }
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = metadata as KubeObject["metadata"];
  return {
    ...converted,
    apiVersion,
    kind: original.kind,
    metadata: {
      ...kept,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
