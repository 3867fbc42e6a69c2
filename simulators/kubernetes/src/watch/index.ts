export { Watch, type WatchOutput, type WatchRequest } from "./watch.ts";
export { WatchHub } from "./watch-hub.ts";
