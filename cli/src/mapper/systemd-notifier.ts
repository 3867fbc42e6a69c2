import { spawn } from "node:child_process";
import type { Clock, Log } from "@mapperkit/runtime";

/**
 * Tells systemd that the program is ready, alive, or stopping, through `systemd-notify` (Node has no
 * datagram socket of a file's name). The unit needs `Type=notify` and `NotifyAccess=all`. Without
 * NOTIFY_SOCKET it does nothing.
 */
export class SystemdNotifier {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  readonly #log: Log;
  #stopWatchdog: (() => void) | undefined;
  #isBroken = false;

  constructor(environment: NodeJS.ProcessEnv, clock: Clock, log: Log) {
    this.#environment = environment;
    this.#clock = clock;
    this.#log = log;
  }

  /** Twice in each watchdog interval systemd hears that the event loop still turns. */
  ready(): void {
    this.#tell("READY=1");
    const watchdogUs = Number(this.#environment.WATCHDOG_USEC);
    if (!(watchdogUs > 0) || this.#stopWatchdog) return;
    const everyMs = Math.max(1, Math.floor(watchdogUs / 2000));
    this.#stopWatchdog = this.#clock.every(everyMs, () => this.#tell("WATCHDOG=1"));
  }

  stopping(): void {
    this.#stopWatchdog?.();
    this.#stopWatchdog = undefined;
    this.#tell("STOPPING=1");
  }

  #tell(word: string): void {
    if (!this.#environment.NOTIFY_SOCKET || this.#isBroken) return;
    const args = [`--pid=${process.pid}`, word];
    const child = spawn("systemd-notify", args, { env: this.#environment, stdio: "ignore" });
    child.on("error", (error) => {
      this.#isBroken = true;
      this.#log.warn("systemd cannot be told: systemd-notify is missing", { error: error.message });
    });
  }
}
