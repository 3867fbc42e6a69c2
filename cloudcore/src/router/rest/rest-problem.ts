/** Where the road of a request ended. */
export type Stage = "request" | "rule" | "node" | "service";

/** An answer that the router makes itself: a status, and where it stopped. */
export class RestProblem extends Error {
  readonly status: number;
  readonly stage: Stage;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    stage: Stage,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.stage = stage;
    this.headers = headers;
  }
}
