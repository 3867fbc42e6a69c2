export { answerUploads } from "./nodes/upload-answer.ts";
export { Router } from "./router.ts";
export { type RouterConfig, routerConfig } from "./router-config.ts";
