import type { AdmissionAsked } from "../objects/index.ts";
import { type Condition, compileCondition } from "../schema/index.ts";
import type { Webhook } from "./webhook-configuration.ts";

const compiled = new WeakMap<Webhook, readonly Condition[]>();

/**
 * Whether all CEL conditions of a webhook hold; one that is false decides, whatever the others do.
 * @throws Error naming a condition that cannot be evaluated
 */
export function conditionsHold(webhook: Webhook, asked: AdmissionAsked): boolean {
  const { matchConditions } = webhook;
  if (matchConditions.length === 0) return true;
  let conditions = compiled.get(webhook);
  if (conditions === undefined) {
    conditions = matchConditions.map(({ expression }) => compileCondition(expression));
    compiled.set(webhook, conditions);
  }
  const variables = {
    object: asked.object ?? null,
    oldObject: asked.old ?? null,
    request: requestOf(asked),
  };
  let fault: Error | undefined;
  for (const [index, condition] of conditions.entries()) {
    try {
      if (condition(variables) !== true) return false;
    } catch (cause) {
      const name = matchConditions[index]?.name ?? "";
      fault ??= new Error(
        `failed evaluating match condition ${JSON.stringify(name)}: ${textOf(cause)}`,
      );
    }
  }
  if (fault !== undefined) throw fault;
  return true;
}

function requestOf(asked: AdmissionAsked): object {
  const { resource, namespace, name, operation, subresource, user, dryRun } = asked;
  const { group, version, kind, plural } = resource;
  return {
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    subResource: subresource ?? "",
    name,
    namespace,
    operation,
    dryRun,
    userInfo: {
      username: user.name,
      uid: user.uid ?? "",
      groups: [...user.groups],
      extra: user.extra ?? {},
    },
  };
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
