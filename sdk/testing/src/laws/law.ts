import type { Random } from "@mapperkit/runtime";
import type { LawWorld } from "./law-world.ts";
import type { Subject } from "./subject.ts";

/** Something that must hold for every mapper, whatever its protocol. */
export interface Law<C = unknown> {
  readonly name: string;
  /** Of a thousand cases, how many go to this law. */
  readonly share: number;
  /** Never more than this, for laws that need much time. */
  readonly mostCases?: number;
  /** After so many cases it goes on in a world made anew. Default 50. */
  readonly casesPerWorld?: number;
  /** Why it says nothing of this mapper, if so. */
  skip(subject: Subject): string | undefined;
  open(subject: Subject, seed: string): Promise<LawWorld>;
  /** One case; equal chances give equal cases. */
  draw(subject: Subject, random: Random): C;
  /** Simpler cases, simplest first. */
  simpler(subject: Subject, drawn: C): C[];
  /** What went wrong, in words; undefined when the law held. */
  check(world: LawWorld, drawn: C): Promise<string | undefined>;
}

/** Values of properties by name. */
export type Values = Readonly<Record<string, unknown>>;
