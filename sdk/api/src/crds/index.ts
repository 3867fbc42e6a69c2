export { ruleCrds } from "../rules/rule-crds.ts";
export { deviceCrds } from "./device-crds.ts";
export { deviceModelV1alpha2 } from "./device-model-v1alpha2.ts";
export { deviceModelV1beta1 } from "./device-model-v1beta1.ts";
export { deviceV1alpha2 } from "./device-v1alpha2.ts";
export { deviceV1beta1 } from "./device-v1beta1.ts";
