import { z } from "zod";
import type { Attributes, PolicyRule, Verdict } from "../authorization/index.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { type FieldError, invalid } from "../status/index.ts";
import { fromRow } from "./core-resources.ts";
import type { ServedResource } from "./served-resource.ts";
import type { User } from "./user.ts";

const AUTHENTICATION = "authentication.k8s.io";
const AUTHORIZATION = "authorization.k8s.io";

/** Whom the reviews ask. */
export interface Judge {
  judge(user: User, asked: Attributes): Verdict;
  rulesFor(user: User, namespace: string): PolicyRule[];
  checkToken(
    token: string,
    audiences: readonly string[] | undefined,
  ): Promise<{ readonly user: User; readonly audiences: readonly string[] } | undefined>;
}

/** Answers one question; `namespace` is that of the URL. */
export type Review = (
  body: KubeObject,
  from: { readonly user: User; readonly namespace: string; readonly judge: Judge },
) => Promise<KubeObject>;

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const accessSpec = z.object({
  user: text,
  groups: texts,
  namespace: text,
  resourceAttributes: z
    .object({
      namespace: text,
      verb: text,
      group: text,
      resource: text,
      subresource: text,
      name: text,
    })
    .nullish(),
  nonResourceAttributes: z.object({ path: text, verb: text }).nullish(),
});
const tokenSpec = z.object({ token: text, audiences: z.array(z.string()).nullish() });

/** Questions about callers, answered at once and never stored. */
export function reviewResources(): ServedResource[] {
  return [
    review(AUTHENTICATION, "selfsubjectreviews", "SelfSubjectReview", whoAmI),
    review(AUTHENTICATION, "tokenreviews", "TokenReview", whoseToken),
    review(AUTHORIZATION, "selfsubjectaccessreviews", "SelfSubjectAccessReview", mayI),
    review(AUTHORIZATION, "selfsubjectrulesreviews", "SelfSubjectRulesReview", whatMayI),
    review(AUTHORIZATION, "subjectaccessreviews", "SubjectAccessReview", mayHe),
    review(AUTHORIZATION, "localsubjectaccessreviews", "LocalSubjectAccessReview", mayHe, "ns"),
  ];
}

function review(
  group: string,
  plural: string,
  kind: string,
  answer: Review,
  scope: "ns" | "cluster" = "cluster",
): ServedResource {
  return fromRow([group, "v1", plural, kind, scope, { verbs: ["create"], review: answer }]);
}

const whoAmI: Review = async (body, { user }) => ({
  ...body,
  status: { userInfo: userInfo(user) },
});

const mayI: Review = async (body, { user, judge }) => {
  const spec = readSpec(accessSpec, body);
  return { ...body, status: judge.judge(user, attributesIn(body, spec)) };
};

const mayHe: Review = async (body, { judge }) => {
  const spec = readSpec(accessSpec, body);
  if (spec.user === "" && spec.groups.length === 0) {
    const message = 'Invalid value: "null": at least one of user or group must be specified';
    throw refuse(body, { type: "FieldValueInvalid", field: "spec.user", message });
  }
  const user = { name: spec.user, groups: spec.groups };
  return { ...body, status: judge.judge(user, attributesIn(body, spec)) };
};

const whatMayI: Review = async (body, { user, judge }) => {
  const { namespace } = readSpec(accessSpec, body);
  if (namespace === "") {
    const message = "Required value: no namespace on request";
    throw refuse(body, { type: "FieldValueRequired", field: "spec.namespace", message });
  }
  const rules = judge.rulesFor(user, namespace);
  return {
    ...body,
    status: {
      resourceRules: rules
        .filter(({ resources }) => resources.length > 0)
        .map(({ nonResourceURLs: _, resourceNames, ...rule }) =>
          resourceNames.length > 0 ? { ...rule, resourceNames } : rule,
        ),
      nonResourceRules: rules
        .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    },
  };
};

const whoseToken: Review = async (body, { judge }) => {
  const { token, audiences } = readSpec(tokenSpec, body);
  const checked = await judge.checkToken(token, audiences?.length ? audiences : undefined);
  const status =
    checked === undefined
      ? { user: {}, error: "[invalid bearer token, unknown]" }
      : { authenticated: true, user: userInfo(checked.user), audiences: [...checked.audiences] };
  return { ...body, status };
};

function userInfo({ name, uid, groups, extra }: User): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra }),
  };
}

function readSpec<T>(schema: z.ZodType<T>, body: KubeObject): T {
  const { data, error } = schema.safeParse(body.spec ?? {});
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const field = ["spec", ...(issue?.path ?? [])].join(".");
  throw refuse(body, {
    type: "FieldValueInvalid",
    field,
    message: `Invalid value: ${issue?.message}`,
  });
}

function attributesIn(body: KubeObject, spec: z.infer<typeof accessSpec>): Attributes {
  const { resourceAttributes: about, nonResourceAttributes: other } = spec;
  if (about && !other) return about;
  const none = { group: "", resource: "", subresource: "", namespace: "", name: "" };
  if (other && !about) return { ...none, ...other };
  const both = other
    ? "cannot be specified in combination with resourceAttributes"
    : "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  const field = other ? "spec.nonResourceAttributes" : "spec.resourceAttributes";
  throw refuse(body, {
    type: "FieldValueInvalid",
    field,
    message: `Invalid value: "null": ${both}`,
  });
}

function refuse({ kind, apiVersion }: KubeObject, error: FieldError) {
  const [group = ""] = apiVersion.split("/");
  return invalid({ group, kind }, "", [error]);
}
