import type { Stage } from "./stage.ts";

/** What part of a mapper's work a check is about. */
export type CheckGroup =
  | "connect"
  | "read"
  | "write"
  | "verify"
  | "failure"
  | "reconnect"
  | "bad-input"
  | "timing"
  | "shutdown"
  | "reporting";

/** What a check needs: a plant that can be made to fail, or permission to write. */
export type Need = "plant" | "write" | "two-properties";

/** One thing that a mapper must do, tried on a stage of its own. */
export interface Check {
  /** `read-follows`: its group comes first. */
  readonly id: string;
  readonly group: CheckGroup;
  /** What must be so. */
  readonly claim: string;
  readonly needs?: readonly Need[];
  /** False: the check starts the mapper itself. Default true. */
  readonly starts?: boolean;
  /** What is wrong, in words; undefined when the claim holds. */
  run(stage: Stage): Promise<string | undefined>;
}
