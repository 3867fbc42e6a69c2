export {
  type Condition,
  compileCondition,
  compileExpression,
  faultOf,
  type ResultType,
} from "./expression.ts";
export { RuleSet } from "./rule-set.ts";
