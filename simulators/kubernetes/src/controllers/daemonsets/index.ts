export { DaemonSetController } from "./daemon-set-controller.ts";
