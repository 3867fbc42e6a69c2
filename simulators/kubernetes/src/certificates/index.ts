export { RequestAdmission } from "./request-admission.ts";
export { SigningController } from "./signing-controller.ts";
