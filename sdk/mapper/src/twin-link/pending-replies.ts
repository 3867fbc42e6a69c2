import { MapperkitError, type TwinResult } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { withDeadline } from "../time/deadline.ts";

const REPLY_MS = 5000;

/** Requests that wait for the edge's result, by event id. */
export class PendingReplies {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, { resolve(r: TwinResult): void; reject(e: unknown): void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sends and waits for the result of this event id.
   * @throws MapperkitError `timed_out`, `unreachable`, or what the result's code means
   */
  async request(eventId: string, what: string, send: () => void): Promise<TwinResult> {
    const reply = Promise.withResolvers<TwinResult>();
    this.#waiting.set(eventId, reply);
    try {
      return await withDeadline({ clock: this.#clock, ms: REPLY_MS, what }, () => {
        send();
        return reply.promise;
      });
    } finally {
      this.#waiting.delete(eventId);
    }
  }

  settle(result: TwinResult): void {
    const waiting = this.#waiting.get(result.event_id);
    const error = errorOf(result);
    if (error) waiting?.reject(error);
    else waiting?.resolve(result);
  }

  /** The link is down: nobody will answer. */
  rejectAll(error: MapperkitError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}

/** A result with `errors` is a partial refusal and no error of the request. */
function errorOf({ code, reason, errors }: TwinResult): MapperkitError | undefined {
  if (!code || errors) return undefined;
  const message = reason ?? `the edge answered with code ${code}`;
  const details = { code };
  if (code === 404) return new MapperkitError("not_found", message, { details });
  if (code === 400 || code === 413) return new MapperkitError("rejected", message, { details });
  return new MapperkitError("unreachable", message, { details });
}
