import { isJsonObject, type KubeObject } from "../objects/kube-object.ts";
import { fromRow } from "./core-resources.ts";
import type { ServedResource } from "./served-resource.ts";
import { MASTERS_GROUP, type User } from "./user.ts";

const AUTHENTICATION = "authentication.k8s.io";
const AUTHORIZATION = "authorization.k8s.io";
const EVERYTHING = ["*"];

type Review = (body: KubeObject, user: User) => KubeObject;

/** Questions about the caller, answered at once and never stored. */
export function reviewResources(): ServedResource[] {
  return [
    review(AUTHENTICATION, "selfsubjectreviews", "SelfSubjectReview", whoAmI),
    review(AUTHORIZATION, "selfsubjectaccessreviews", "SelfSubjectAccessReview", mayI),
    review(AUTHORIZATION, "selfsubjectrulesreviews", "SelfSubjectRulesReview", whatMayI),
    review(AUTHORIZATION, "subjectaccessreviews", "SubjectAccessReview", mayHe),
  ];
}

function review(group: string, plural: string, kind: string, answer: Review): ServedResource {
  return fromRow([group, "v1", plural, kind, "cluster", { verbs: ["create"], review: answer }]);
}

const whoAmI: Review = (body, user) => ({
  ...body,
  status: { userInfo: { username: user.name, groups: [...user.groups] } },
});

const mayI: Review = (body, user) => ({ ...body, status: verdict(user.groups) });

const mayHe: Review = (body) => {
  const spec = isJsonObject(body.spec) ? body.spec : {};
  const groups = Array.isArray(spec.groups) ? spec.groups.map(String) : [];
  return { ...body, status: verdict(groups) };
};

const whatMayI: Review = (body, user) => {
  const allowed = user.groups.includes(MASTERS_GROUP);
  const rule = { verbs: EVERYTHING, apiGroups: EVERYTHING, resources: EVERYTHING };
  const nonResource = { verbs: EVERYTHING, nonResourceURLs: EVERYTHING };
  return {
    ...body,
    status: {
      resourceRules: allowed ? [rule] : [],
      nonResourceRules: allowed ? [nonResource] : [],
      incomplete: false,
    },
  };
};

function verdict(groups: readonly string[]) {
  return groups.includes(MASTERS_GROUP) ? { allowed: true } : { allowed: false };
}
