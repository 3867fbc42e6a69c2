/** The desk of the simulators that a `mapperkit` process runs, found in what it printed. */
export class SimulatorDesk {
  readonly #url: string;

  constructor(printed: string) {
    const url =
      /simulator control\s+(http:\S+)/.exec(printed)?.[1] ?? /\((http:\S+)\)/.exec(printed)?.[1];
    if (!url) throw new Error(`no simulator control in: ${printed}`);
    this.#url = url;
  }

  async valuesOf(device: string): Promise<Record<string, unknown>> {
    return (await this.#ask("GET", `/devices/default/${device}`)) as Record<string, unknown>;
  }

  /** The fault's number. */
  async inject(device: string, fault: object): Promise<number> {
    const { id } = (await this.#ask("POST", "/faults", { device, ...fault })) as { id: number };
    return id;
  }

  async undo(id: number): Promise<void> {
    await this.#ask("DELETE", `/faults/${id}`);
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
