export { compileExpression, faultOf } from "./expression.ts";
export { RuleSet } from "./rule-set.ts";
