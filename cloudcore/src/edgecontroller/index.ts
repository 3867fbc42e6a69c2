export { EdgeController } from "./edge-controller.ts";
export type { NodeKind, NodeObject, NodeObjects } from "./node-objects.ts";
