export type { CounterControls } from "./commands.ts";
export { type CounterConfig, counterConfig } from "./config.ts";
export { type Counter, createCounter, type Surroundings } from "./counter.ts";
