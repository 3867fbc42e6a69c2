import { z } from "zod";
import { MapperkitError } from "../errors.ts";
import { condition, objectMeta } from "../kubernetes/object-meta.ts";

/** Where messages of users come from and go to (router §5, device-crds §1.9). */
export const ruleEndpointType = z.enum(["rest", "eventbus", "servicebus"]);
export type RuleEndpointType = z.infer<typeof ruleEndpointType>;

const words = z.record(z.string(), z.string());

/** `rules.kubeedge.io/v1` RuleEndpoint. */
export const ruleEndpoint = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({
    ruleEndpointType,
    /** servicebus: `service_port`; rest: ours, `allow_private` and `ca`. */
    properties: words.default({}),
  }),
});
export type RuleEndpoint = z.infer<typeof ruleEndpoint>;

export const ruleStatus = z.looseObject({
  successMessages: z.int().optional(),
  failMessages: z.int().optional(),
  /** The last ones, each with its time; the newest is the last. */
  errors: z.array(z.string()).optional(),
  conditions: z.array(condition).optional(),
});
export type RuleStatus = z.infer<typeof ruleStatus>;

/** `rules.kubeedge.io/v1` Rule: what comes to `source` goes to `target`. */
export const rule = z.looseObject({
  metadata: objectMeta,
  spec: z.looseObject({
    /** The name of a RuleEndpoint of this namespace. */
    source: z.string().min(1),
    /** rest: `path`; eventbus: `topic`, `node_name`; servicebus: `target_url`, `node_name`. */
    sourceResource: words,
    /** The name of a RuleEndpoint of this namespace. */
    target: z.string().min(1),
    /** rest: `resource`; eventbus: `topic`; servicebus: `path`. */
    targetResource: words,
  }),
  status: ruleStatus.optional(),
});
export type Rule = z.infer<typeof rule>;

/** @throws MapperkitError `invalid_input` naming the field */
export function parseRule(value: unknown): Rule {
  return check(rule, value, "Rule");
}

/** @throws MapperkitError `invalid_input` naming the field */
export function parseRuleEndpoint(value: unknown): RuleEndpoint {
  return check(ruleEndpoint, value, "RuleEndpoint");
}

function check<T>(schema: z.ZodType<T>, value: unknown, kind: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new MapperkitError("invalid_input", `not a v1 ${kind}: ${z.prettifyError(result.error)}`, {
    details: { field: result.error.issues[0]?.path.join(".") ?? "" },
  });
}
