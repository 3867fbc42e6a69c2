export { alone, createReplicas, type Replicas } from "./replica-set.ts";
