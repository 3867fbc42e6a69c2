/** One reason inside an error answer; kubectl prints them as a list under the message. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The failure that a Kubernetes client is told: it becomes a Status object on the wire. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** HTTP status code */
  readonly code: number;
  /** meta/v1 StatusReason; empty where the real server gives none */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly #metadata: Record<string, unknown>;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    options: ErrorOptions & { metadata?: Record<string, unknown> } = {},
  ) {
    super(message, options);
    this.#metadata = options.metadata ?? {};
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): Record<string, unknown> {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.#metadata,
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}
