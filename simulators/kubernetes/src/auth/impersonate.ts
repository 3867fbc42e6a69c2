import type { IncomingHttpHeaders } from "node:http";
import type { Attributes, Rbac } from "../authorization/index.ts";
import type { User } from "../resources/index.ts";
import { badRequest, notAllowed } from "../status/index.ts";
import { groupsOfAccount } from "./account-tokens.ts";

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * Whom the request is to be from, as `kubectl --as` and `--as-group` ask for it.
 * @throws StatusError 403 where `user` may not, 400 for groups without a user
 */
export function impersonate(user: User, headers: IncomingHttpHeaders, rbac: Rbac): User {
  const name = [headers["impersonate-user"] ?? []].flat()[0] ?? "";
  const groups = [headers["impersonate-group"] ?? []]
    .flat()
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (name === "" && groups.length === 0) return user;
  if (name === "") {
    throw badRequest(`requested [{Group  ${groups.join(" ")}}] without impersonating a user`);
  }
  const account = ACCOUNT.exec(name);
  const [, namespace = "", accountName = ""] = account ?? [];
  demand(
    rbac,
    user,
    account === null ? about("users", "", name) : about("serviceaccounts", namespace, accountName),
  );
  for (const group of groups) demand(rbac, user, about("groups", "", group));
  const own = account === null ? ["system:authenticated"] : groupsOfAccount(namespace);
  const given = account !== null && groups.length > 0 ? ["system:authenticated"] : own;
  return { name, groups: [...new Set([...groups, ...given])] };
}

function about(resource: string, namespace: string, name: string): Attributes {
  return { verb: "impersonate", group: "", resource, subresource: "", namespace, name };
}

function demand(rbac: Rbac, user: User, asked: Attributes): void {
  if (!rbac.judge(user, asked).allowed) throw notAllowed(user.name, asked);
}
