import { MapperkitError } from "@mapperkit/api";
import type { AnswerFrame } from "../frames/answer-frame.ts";
import { isAnswerTo } from "../pdu/answers.ts";
import type { Deadlines, Expiring } from "./deadlines.ts";
import type { RequestOptions } from "./modbus-link.ts";

/** Units that mean "the device at this socket", which answers with a number of its own. */
const SELF_UNITS: ReadonlySet<number> = new Set([0, 255]);

/** A request that was sent and the answer that it waits for. */
export class PendingAnswer implements Expiring {
  readonly answer: Promise<Uint8Array>;
  readonly dueAt: number;
  readonly #unit: number;
  readonly #pdu: Uint8Array;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (pdu: Uint8Array) => void;
  readonly #reject: (error: unknown) => void;
  readonly #deadlines: Deadlines;
  readonly #timeoutMs: number;
  readonly #onAbort = () => this.fail(this.#signal?.reason);

  constructor(
    unit: number,
    pdu: Uint8Array,
    deadlines: Deadlines,
    { timeoutMs, signal }: RequestOptions,
  ) {
    this.#unit = unit;
    this.#pdu = pdu;
    this.#signal = signal;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadlines = deadlines;
    this.#timeoutMs = timeoutMs;
    this.dueAt = deadlines.after(timeoutMs);
    deadlines.add(this);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** Takes an answer if it is this request's; says whether it was. */
  take({ unit, pdu }: AnswerFrame): boolean {
    const isOurs = unit === this.#unit || SELF_UNITS.has(this.#unit);
    if (!isOurs || !isAnswerTo(this.#pdu, pdu)) return false;
    this.#settle();
    this.#resolve(pdu);
    return true;
  }

  expire(): void {
    this.fail(silence(this.#unit, this.#timeoutMs));
  }

  fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#deadlines.delete(this);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

function silence(unit: number, timeoutMs: number): MapperkitError {
  return new MapperkitError(
    "timed_out",
    `unit ${unit} did not answer within ${timeoutMs} ms: check unitId, wiring and power`,
    { details: { unit, timeoutMs } },
  );
}
