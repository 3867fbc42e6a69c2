export { NodeController } from "./node-controller.ts";
