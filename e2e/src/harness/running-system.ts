import { KubeHttp } from "./kube-http.ts";
import { MapperkitProcess } from "./mapperkit-process.ts";
import { ScratchFolder } from "./scratch-folder.ts";

const PORTS = ["kubernetes", "hub", "webhook", "mqtt", "monitoring", "counter", "sensor"];

/** Any free port for each part whose port is not given. */
function freePorts(given: readonly string[]): string[] {
  return PORTS.filter((part) => !given.includes(`--${part}-port`)).flatMap((part) => [
    `--${part}-port`,
    "0",
  ]);
}

/** `mapperkit up` on free ports, in a folder of its own. */
export class RunningSystem implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  #program: MapperkitProcess | undefined;
  #kube: KubeHttp | undefined;

  static async start(...flags: string[]): Promise<RunningSystem> {
    const system = new RunningSystem();
    await system.restart(...flags);
    return system;
  }

  /** Starts it on the state that is there; the last one must have ended. */
  async restart(...flags: string[]): Promise<void> {
    const args = ["up", "--data", this.folder.join("data"), ...freePorts(flags), ...flags];
    this.#program = await MapperkitProcess.start(args, /Ctrl-C stops everything/);
    this.#kube?.[Symbol.dispose]();
    const elsewhere = flags.indexOf("--kubeconfig");
    this.#kube = new KubeHttp(elsewhere < 0 ? this.kubeconfig : flags[elsewhere + 1]!);
  }

  get kubeconfig(): string {
    return this.folder.join("data", "kubeconfig");
  }

  get program(): MapperkitProcess {
    return this.#program!;
  }

  get kube(): KubeHttp {
    return this.#kube!;
  }

  /** The edge's broker, as the program printed it. */
  get mqttUrl(): string {
    return /edgecore\s+(mqtt:\S+)/.exec(this.program.output)![1]!;
  }

  /** Where the tutorial's virtual counter listens, as the program printed it. */
  get counterPort(): number {
    return Number(/virtual counter\s+tcp:\/\/\S+:(\d+)/.exec(this.program.output)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kube?.[Symbol.dispose]();
    await this.#program?.[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
