/** What the line protocol does to a counter. */
export interface CounterControls {
  readonly isOn: boolean;
  readonly value: number;
  readonly periodMs: number;
  turn(on: boolean): void;
  setPeriod(periodMs: number): void;
  reset(): void;
}

/** The longest period, one day. */
const LONGEST_PERIOD_MS = 86_400_000;

const COMMANDS: ReadonlyMap<string, (counter: CounterControls) => string> = new Map([
  ["ON", (counter) => ok(() => counter.turn(true))],
  ["OFF", (counter) => ok(() => counter.turn(false))],
  ["RESET", (counter) => ok(() => counter.reset())],
  ["VALUE?", (counter) => String(counter.value)],
  ["STATE?", (counter) => (counter.isOn ? "ON" : "OFF")],
  ["PERIOD?", (counter) => String(counter.periodMs)],
]);
const KNOWN = [...COMMANDS.keys(), "PERIOD <ms>"].join(", ");

/** Obeys one line of the protocol and returns the reply. */
export function obey(counter: CounterControls, line: string): string {
  const command = COMMANDS.get(line);
  if (command) return command(counter);
  if (line.startsWith("PERIOD ")) return obeyPeriod(counter, line.slice("PERIOD ".length));
  return `ERR unknown command, expected one of ${KNOWN}`;
}

function obeyPeriod(counter: CounterControls, text: string): string {
  const periodMs = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (periodMs < 1 || periodMs > LONGEST_PERIOD_MS) {
    return `ERR period must be a whole number of 1 to ${LONGEST_PERIOD_MS} ms`;
  }
  return ok(() => counter.setPeriod(periodMs));
}

function ok(work: () => void): string {
  work();
  return "OK";
}
