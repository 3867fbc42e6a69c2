export { type Attributes, attributesOf } from "./attributes.ts";
export { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from "./bootstrap-policy.ts";
export { EscalationCheck } from "./escalation-check.ts";
export type { PolicyRule } from "./policy-rule.ts";
export { Rbac, type Verdict } from "./rbac.ts";
