export { DeploymentController } from "./deployment-controller.ts";
