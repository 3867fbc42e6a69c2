import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { AnswerFrame } from "../frames/answer-frame.ts";
import { isAnswerTo } from "../pdu/answers.ts";
import type { RequestOptions } from "./modbus-link.ts";

/** Units that mean "the device at this socket", which answers with a number of its own. */
const SELF_UNITS: ReadonlySet<number> = new Set([0, 255]);

/** A request that was sent and the answer that it waits for. */
export class PendingAnswer {
  readonly answer: Promise<Uint8Array>;
  readonly #unit: number;
  readonly #pdu: Uint8Array;
  readonly #settled = new AbortController();
  readonly #resolve: (pdu: Uint8Array) => void;
  readonly #reject: (error: unknown) => void;

  constructor(unit: number, pdu: Uint8Array, clock: Clock, { timeoutMs, signal }: RequestOptions) {
    this.#unit = unit;
    this.#pdu = pdu;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    const onAbort = () => this.fail(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true, signal: this.#settled.signal });
    clock.sleep(timeoutMs, this.#settled.signal).then(
      () => this.fail(silence(unit, timeoutMs)),
      () => undefined,
    );
  }

  /** Takes an answer if it is this request's; says whether it was. */
  take({ unit, pdu }: AnswerFrame): boolean {
    const isOurs = unit === this.#unit || SELF_UNITS.has(this.#unit);
    if (!isOurs || !isAnswerTo(this.#pdu, pdu)) return false;
    this.#resolve(pdu);
    this.#settled.abort();
    return true;
  }

  fail(error: unknown): void {
    this.#reject(error);
    this.#settled.abort();
  }
}

function silence(unit: number, timeoutMs: number): MapperkitError {
  return new MapperkitError(
    "timed_out",
    `unit ${unit} did not answer within ${timeoutMs} ms: check unitId, wiring and power`,
    { details: { unit, timeoutMs } },
  );
}
