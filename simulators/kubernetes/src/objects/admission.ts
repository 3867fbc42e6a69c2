import type { User } from "../resources/index.ts";
import type { KubeObject } from "./kube-object.ts";
import type { Target, WriteOptions } from "./world.ts";

/** A write that is about to happen, as those see it who may change or refuse it. */
export interface AdmissionAsked extends Target {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly subresource?: string | undefined;
  /** Undefined for a deletion. */
  readonly object: KubeObject | undefined;
  /** Undefined for a creation. */
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly user: User;
  readonly fieldManager?: string | undefined;
  readonly warn: (text: string) => void;
}

/** Has a say in every write. Both reject with a StatusError. */
export interface Admission {
  /** The object as it goes on; that of `asked` when nobody changes it. */
  mutate(asked: AdmissionAsked): Promise<KubeObject | undefined>;
  /** Sees the object as it would be stored. */
  validate(asked: AdmissionAsked): Promise<void>;
}

/** Who the server itself is when its controllers write. */
export const CONTROLLER_USER: User = {
  name: "system:kube-controller-manager",
  groups: ["system:masters", "system:authenticated"],
};

type AskedOptions = Partial<Pick<WriteOptions, "user" | "fieldManager" | "warn">> & {
  readonly dryRun: boolean;
};

/** What admission has to know of a write's options. */
export function askedBy(options: AskedOptions) {
  return {
    dryRun: options.dryRun,
    user: options.user ?? CONTROLLER_USER,
    fieldManager: options.fieldManager,
    warn: options.warn ?? (() => undefined),
  };
}
