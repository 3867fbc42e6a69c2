import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type Device, type DeviceModel, MapperkitError } from "@mapperkit/api";
import { DEVICE_MODELS, DEVICES, KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";
import { dataFolder } from "../program/data-folder.ts";

/** The devices of one Kubernetes namespace, for the `mapperkit device` commands. */
export class DeviceClient implements Disposable {
  readonly #client: KubeClient;
  readonly #namespace: string | undefined;
  readonly signal: AbortSignal;

  constructor(
    options: { kubeconfig: string; namespace?: string | undefined },
    signal: AbortSignal,
  ) {
    this.#namespace = options.namespace;
    this.signal = signal;
    this.#client = new KubeClient({
      loadAccess: () => loadKubeconfig(options.kubeconfig),
      clock: new RealClock(),
      userAgent: "mapperkit-device",
    });
  }

  async list(): Promise<Device[]> {
    const namespace = await this.namespace();
    const devices: Device[] = [];
    let token: string | undefined;
    do {
      const query = { namespace, limit: 500, ...(token && { continue: token }) };
      const page = await this.#client.listPage(DEVICES, query, this.signal);
      devices.push(...(page.items as unknown as Device[]));
      token = page.continueToken;
    } while (token);
    return devices;
  }

  async get(name: string): Promise<Device> {
    const ref = { namespace: await this.namespace(), name };
    return (await this.#client.get(DEVICES, ref, this.signal)) as unknown as Device;
  }

  /** The device's model; undefined when there is none. */
  async modelOf(device: Device): Promise<DeviceModel | undefined> {
    const name = device.spec?.deviceModelRef?.name;
    if (!name) return undefined;
    const ref = { namespace: await this.namespace(), name };
    try {
      return (await this.#client.get(DEVICE_MODELS, ref, this.signal)) as unknown as DeviceModel;
    } catch (error) {
      if (error instanceof MapperkitError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async patch(name: string, patch: object): Promise<Device> {
    const ref = { namespace: await this.namespace(), name };
    const options = { patch, signal: this.signal };
    return (await this.#client.mergePatch(DEVICES, ref, options)) as unknown as Device;
  }

  /** Every later state of one device; ends when the device is deleted. */
  async *follow(name: string, since: Device): AsyncGenerator<Device> {
    const namespace = await this.namespace();
    let resourceVersion = since.metadata.resourceVersion ?? "0";
    for (;;) {
      const watch = { namespace, resourceVersion, timeoutSeconds: 300 };
      const events = await this.#client.watch(DEVICES, watch, this.signal);
      for await (const { type, object } of events) {
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === "BOOKMARK" || object.metadata.name !== name) continue;
        if (type === "DELETED") return;
        yield object as unknown as Device;
      }
    }
  }

  async namespace(): Promise<string> {
    return this.#namespace ?? (await this.#client.namespace());
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/**
 * `--kubeconfig`, else KUBECONFIG (of a list the first file that exists), else the one that
 * `mapperkit up` wrote, else kubectl's own.
 *
 * @throws MapperkitError `invalid_input` when there is none
 */
export function findKubeconfig(flag: string | undefined): string {
  const asked = flag === undefined ? process.env.KUBECONFIG?.split(delimiter) : [flag];
  const usual = [join(dataFolder(undefined), "kubeconfig"), join(homedir(), ".kube", "config")];
  const candidates = asked?.some(Boolean) ? asked.filter(Boolean) : usual;
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new MapperkitError(
    "invalid_input",
    `no kubeconfig at ${candidates[0]}: start \`mapperkit up\` in this folder, or name one with --kubeconfig`,
  );
}
