export { chooseNode } from "./choose-node.ts";
export { fitsSelectorAndAffinity } from "./node-affinity.ts";
export { Scheduler } from "./scheduler.ts";
export { tolerates, untolerated } from "./tolerates.ts";
