import { z } from "zod";
import { type AccountTokens, type BoundObject, ISSUER } from "../auth/index.ts";
import { secondsTimestamp, type Target, type World } from "../objects/index.ts";
import { decodeBody, type Exchange, mediaTypeOf } from "../requests/index.ts";
import {
  badRequest,
  conflict,
  type FieldError,
  invalid,
  methodNotAllowed,
  notFound,
} from "../status/index.ts";

const HOUR_S = 3600;
const SHORTEST_S = 600;
const LONGEST_S = 2 ** 32;
const BOUND_KINDS = { Pod: "pod", Secret: "secret", Node: "node" } as const;

const tokenRequest = z.looseObject({
  spec: z
    .looseObject({
      audiences: z.array(z.string()).nullish(),
      expirationSeconds: z.number().int().nullish(),
      boundObjectRef: z
        .looseObject({
          kind: z.string().default(""),
          name: z.string().default(""),
          uid: z.string().default(""),
        })
        .nullish(),
    })
    .default({}),
});

type Spec = z.infer<typeof tokenRequest>["spec"];

/** `serviceaccounts/{name}/token`: a new token with each request; none is stored. */
export async function handleTokenRequest(
  world: World,
  tokens: AccountTokens,
  exchange: Exchange,
  target: Target,
): Promise<void> {
  if (exchange.method !== "POST") throw methodNotAllowed();
  const { resource, namespace, name } = target;
  const account = world.store.get(resource.storage, namespace, name);
  if (account === undefined) throw notFound(resource, name);
  const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
  const body = tokenRequest.safeParse(
    (await decodeBody(await exchange.body(), mediaType, true)) ?? {},
  );
  if (!body.success) {
    const issue = body.error.issues[0];
    throw badRequest(`TokenRequest: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { spec } = body.data;
  const expirationSeconds = spec.expirationSeconds ?? HOUR_S;
  checkDuration(expirationSeconds);
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER];
  const bound = readBound(world, target, spec);
  const issuedAtMs = world.clock.now();
  const expiresAtMs = issuedAtMs + expirationSeconds * 1000;
  const token = await tokens.issue(account, { audiences, issuedAtMs, expiresAtMs, bound });
  await exchange.send(201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      name,
      namespace,
      creationTimestamp: secondsTimestamp(issuedAtMs),
    },
    spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: secondsTimestamp(expiresAtMs) },
  });
}

function checkDuration(seconds: number): void {
  const wrong =
    seconds < SHORTEST_S
      ? "may not specify a duration less than 10 minutes"
      : seconds > LONGEST_S
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (wrong === undefined) return;
  const error: FieldError = {
    type: "FieldValueInvalid",
    field: "spec.expirationSeconds",
    message: `Invalid value: ${seconds}: ${wrong}`,
  };
  throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [error]);
}

function readBound(world: World, { namespace }: Target, spec: Spec): BoundObject | undefined {
  const reference = spec.boundObjectRef;
  if (reference === undefined || reference === null) return undefined;
  const { kind, name, uid } = reference;
  if (!isBoundKind(kind)) {
    throw badRequest(`cannot bind token for serviceaccount to object of type /v1, Kind=${kind}`);
  }
  const plural = `${BOUND_KINDS[kind]}s`;
  const resource = { group: "", plural, kind };
  const stored = world.store.get(plural, kind === "Node" ? "" : namespace, name);
  if (stored === undefined) throw notFound(resource, name);
  if (uid !== "" && uid !== stored.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(resource, name, why);
  }
  return { kind: BOUND_KINDS[kind], name, uid: stored.uid };
}

function isBoundKind(kind: string): kind is keyof typeof BOUND_KINDS {
  return Object.hasOwn(BOUND_KINDS, kind);
}
