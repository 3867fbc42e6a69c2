import { MapperkitError, type PropertyType } from "@mapperkit/api";
import type { ByteStream, Clock } from "@mapperkit/runtime";
import type { PropertyValue, ReadOp, WriteOp } from "@mapperkit/sdk";
import { Pattern } from "../config/pattern.ts";
import type { SerialVisitor } from "../config/serial-visitor.ts";
import type { Message } from "../framing/message.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { HeardMessages } from "./heard-messages.ts";
import { SerialBus } from "./serial-bus.ts";

export interface SessionParts {
  readonly stream: ByteStream;
  readonly clock: Clock;
  readonly byteMs: number;
  /** What an earlier session asked may be answered for so long yet, ms. */
  readonly quietMs: number;
}

/** An answer that several properties may be in. */
interface SharedAnswer {
  readonly message: Message;
  readonly atMs: number;
  readonly takenBy: Set<string>;
}

type Verdict = { readonly message: Message } | { readonly refused: string };

const DEFAULT_TIMEOUT_MS = 1000;
const DEFAULT_LATE_MS = 500;
const DEFAULT_FRESH_MS = 10_000;
/** Properties that are in one telegram are asked for once, when they are due together. */
const SHARED_MS = 200;
const MAX_SHARED = 256;
const NOTHING = new Uint8Array();

/** Reads and writes properties of the devices on one line. */
export class SerialSession {
  readonly #clock: Clock;
  readonly #bus: SerialBus;
  readonly #heard: HeardMessages;
  readonly #dialects = new WeakMap<SerialVisitor, Dialect>();
  readonly #shared = new Map<string, SharedAnswer>();

  constructor({ stream, clock, byteMs, quietMs }: SessionParts) {
    this.#clock = clock;
    this.#heard = new HeardMessages(clock);
    const overhear = (bytes: Uint8Array) => this.#heard.push(bytes);
    this.#bus = new SerialBus({ stream, clock, byteMs, overhear }, quietMs);
  }

  /** @throws MapperkitError `timed_out`, `unreachable`, or `rejected` with the device's words */
  async read(op: ReadOp<SerialVisitor>): Promise<PropertyValue> {
    const dialect = this.#dialectOf(op.visitor);
    if (!dialect.query) return this.#overheard(dialect, op);
    const shared = this.#sharedAnswer(dialect, op);
    if (shared !== undefined) return shared;
    const isMine = (message: Message) => valueOrFault(dialect, message, op.type) !== undefined;
    const message = await this.#ask(dialect, op, dialect.query, isMine);
    this.#share(dialect, op, message);
    const value = dialect.valueIn(message, op.type);
    if (value !== undefined) return value;
    throw new MapperkitError("internal", `${op.property}: the answer lost its value`);
  }

  /** @throws MapperkitError `rejected` with the device's words, `timed_out`, `unreachable` */
  async write(op: WriteOp<SerialVisitor>): Promise<void> {
    const dialect = this.#dialectOf(op.visitor);
    if (!dialect.canWrite) {
      throw new MapperkitError("unsupported", `${op.property} has no command`);
    }
    const bytes = dialect.command(op.value);
    const { acknowledge } = op.visitor;
    const { pauseBetweenMs: pauseMs = 0 } = op.visitor;
    // What was read before says nothing of the value from now on.
    this.#shared.clear();
    if (acknowledge === undefined) {
      await this.#bus.tell({ bytes, pauseMs, signal: op.signal });
      return;
    }
    const pattern = new Pattern(acknowledge);
    const isAcknowledged = ({ text }: Message) => pattern.find(text) !== undefined;
    if (!dialect.confirm) {
      await this.#ask(dialect, op, bytes, isAcknowledged);
      return;
    }
    await this.#bus.tell({ bytes, pauseMs, signal: op.signal });
    await this.#ask(dialect, op, dialect.confirm, isAcknowledged);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  /** @throws MapperkitError `timed_out` where the device has not said it lately */
  async #overheard(
    dialect: Dialect,
    { visitor, type, property, signal }: ReadOp<SerialVisitor>,
  ): Promise<PropertyValue> {
    const isMine = (message: Message) =>
      !dialect.isOthers(message, NOTHING) && valueOrFault(dialect, message, type) !== undefined;
    const freshMs = visitor.freshMs ?? DEFAULT_FRESH_MS;
    const message = await this.#heard.find({ dialect, isMine, freshMs, signal });
    const value = message && dialect.valueIn(message, type);
    if (value !== undefined) return value;
    const what = `${property} was not heard within ${freshMs} ms`;
    throw new MapperkitError("timed_out", `${what}: check pattern, wiring and line settings`);
  }

  async #ask(
    dialect: Dialect,
    { visitor, property, signal }: ReadOp<SerialVisitor>,
    bytes: Uint8Array,
    isMine: (message: Message) => boolean,
  ): Promise<Message> {
    const refusal = visitor.refusal === undefined ? undefined : new Pattern(visitor.refusal);
    let skipped: Message | undefined;
    const judge = (message: Message): Verdict | undefined => {
      if (dialect.isOthers(message, bytes)) return undefined;
      const refused = refusal?.find(message.text);
      if (refused !== undefined) return { refused };
      if (isMine(message)) return { message };
      skipped = message;
      return undefined;
    };
    const verdict = await this.#bus.ask<Verdict>({
      bytes,
      listen: (isMidway) => {
        const splitter = dialect.splitter(isMidway);
        return (arrived) => firstVerdict(splitter.push(arrived), judge);
      },
      timeoutMs: visitor.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      lateAnswerMs: visitor.lateAnswerMs ?? DEFAULT_LATE_MS,
      pauseMs: visitor.pauseBetweenMs ?? 0,
      describe: () => describeSilence(visitor, property, skipped),
      signal,
    });
    if ("message" in verdict) return verdict.message;
    throw new MapperkitError("rejected", `the device said ${JSON.stringify(verdict.refused)}`, {
      details: { reason: "illegalValue", said: verdict.refused },
    });
  }

  #dialectOf(visitor: SerialVisitor): Dialect {
    const dialect = this.#dialects.get(visitor) ?? dialectOf(visitor);
    this.#dialects.set(visitor, dialect);
    return dialect;
  }

  #share(dialect: Dialect, op: ReadOp<SerialVisitor>, message: Message): void {
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear();
    const takenBy = new Set([takerOf(op)]);
    this.#shared.set(keyOf(dialect), { message, atMs: this.#clock.monotonic(), takenBy });
  }

  /** Each property takes an answer once: what is asked anew is read anew. */
  #sharedAnswer(dialect: Dialect, op: ReadOp<SerialVisitor>): PropertyValue | undefined {
    const shared = this.#shared.get(keyOf(dialect));
    const taker = takerOf(op);
    if (!shared || shared.takenBy.has(taker)) return undefined;
    if (this.#clock.monotonic() - shared.atMs > SHARED_MS) return undefined;
    shared.takenBy.add(taker);
    if (dialect.isOthers(shared.message, dialect.query ?? NOTHING)) return undefined;
    return valueOrFault(dialect, shared.message, op.type) === undefined
      ? undefined
      : dialect.valueIn(shared.message, op.type);
  }
}

function firstVerdict(
  messages: readonly Message[],
  judge: (message: Message) => Verdict | undefined,
): Verdict | undefined {
  for (const message of messages) {
    const verdict = judge(message);
    if (verdict) return verdict;
  }
  return undefined;
}

/** A message that is this property's but holds no value is its answer all the same. */
function valueOrFault(dialect: Dialect, message: Message, type: PropertyType): unknown {
  try {
    return dialect.valueIn(message, type);
  } catch (error) {
    return error;
  }
}

function keyOf({ query, splitterKey }: Dialect): string {
  return `${Buffer.from(query ?? []).toString("hex")} ${splitterKey}`;
}

function takerOf({ property, visitor }: ReadOp<SerialVisitor>): string {
  return `${property} ${visitor.address ?? ""}`;
}

function describeSilence(
  { address }: SerialVisitor,
  property: string,
  skipped: Message | undefined,
): string {
  const who = address === undefined ? "the device" : `the device with address ${address}`;
  const heard =
    skipped === undefined
      ? "check wiring, power, line settings and address"
      : `what came was ${JSON.stringify(skipped.text.slice(0, 80))}, which is no answer by its pattern`;
  return `${who} gave no answer for ${property} (${heard})`;
}
