export { type Bench, type BenchOptions, bench, type FrameMatch } from "./bench/bench.ts";
export { BenchClock, type Span } from "./bench/bench-clock.ts";
export { BenchLink } from "./bench/bench-link.ts";
export type { DeviceHandle, WriteResult } from "./bench/device-handle.ts";
export type { DeviceManifests } from "./bench/manifests.ts";
export { Transcript, type TranscriptEntry } from "./bench/transcript.ts";
export type { CheckGroup } from "./conform/check.ts";
export {
  assertConforms,
  type CheckResult,
  type ConformOptions,
  type ConformReport,
  checkIds,
  conform,
} from "./conform/conform.ts";
export {
  assertLaws,
  type LawOptions,
  type LawReport,
  type LawResult,
  lawNames,
  laws,
} from "./laws/laws.ts";
export type { LawFailure } from "./laws/run-law.ts";
export type { SubjectOptions } from "./laws/subject.ts";
