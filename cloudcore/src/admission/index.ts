export { AdmissionRegistration } from "./admission-registration.ts";
export { answerAdmission } from "./admission-review.ts";
