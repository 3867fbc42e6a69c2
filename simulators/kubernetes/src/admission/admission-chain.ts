import type { Admission, AdmissionAsked, KubeObject } from "../objects/index.ts";

/** Several who have a say, one after the other. */
export class AdmissionChain implements Admission {
  readonly #members: readonly Admission[];

  constructor(members: readonly Admission[]) {
    this.#members = members;
  }

  async mutate(asked: AdmissionAsked): Promise<KubeObject | undefined> {
    let { object } = asked;
    for (const member of this.#members) object = await member.mutate({ ...asked, object });
    return object;
  }

  async validate(asked: AdmissionAsked): Promise<void> {
    for (const member of this.#members) await member.validate(asked);
  }
}
