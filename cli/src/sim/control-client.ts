import { MapperkitError } from "@mapperkit/api";

/** Where a simulation's desk listens unless it is told otherwise. */
export const CONTROL_PORT = 9700;

/** A fault as the desk lists it. */
export interface ShownFault {
  readonly id: number;
  readonly device: string;
  readonly kind: string;
  readonly isThere: boolean;
  readonly [key: string]: unknown;
}

/** Speaks with the desk of a running simulation. */
export class ControlClient {
  readonly #url: string;

  /** @param url default `http://127.0.0.1:9700` */
  constructor(url = `http://127.0.0.1:${CONTROL_PORT}`) {
    this.#url = url.replace(/\/$/, "");
  }

  /** @throws MapperkitError `invalid_input`, `not_found`, `unsupported`, in the desk's words */
  async inject(device: string, fault: object): Promise<ShownFault> {
    return (await this.#ask("POST", "/faults", { device, ...fault })) as ShownFault;
  }

  async faults(): Promise<ShownFault[]> {
    return (await this.#ask("GET", "/faults")) as ShownFault[];
  }

  /** @throws MapperkitError `not_found` when it has ended already */
  async undo(id: number): Promise<void> {
    await this.#ask("DELETE", `/faults/${id}`);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    let answer: Response;
    try {
      answer = await fetch(`${this.#url}${path}`, {
        method,
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      const message = `no simulation answers at ${this.#url}: start one with mapperkit sim --from FILES, or mapperkit up --with FOLDER`;
      throw new MapperkitError("unreachable", message, { cause });
    }
    const text = await answer.text();
    const said: unknown = text === "" ? undefined : JSON.parse(text);
    if (answer.ok) return said;
    const code = CODES[answer.status] ?? "internal";
    throw new MapperkitError(code, (said as { error: string }).error);
  }
}

const CODES = {
  400: "invalid_input",
  404: "not_found",
  409: "conflict",
  422: "unsupported",
} as Readonly<Record<number, "invalid_input" | "not_found" | "conflict" | "unsupported">>;
