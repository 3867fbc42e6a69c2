import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { eventually } from "./eventually.ts";
import type { KubeAnswer, KubeHttp } from "./kube-http.ts";

const examples = resolve(import.meta.dirname, "../../../examples/counter");
const base = (version: string) => `/apis/devices.kubeedge.io/${version}/namespaces/default`;
const path = `${base("v1beta1")}/devices/counter`;

/** The tutorial's counter, driven through the Kubernetes API. */
export class CounterDevice {
  readonly #kube: KubeHttp;

  constructor(kube: KubeHttp) {
    this.#kube = kube;
  }

  /** Makes the model, where there is none, and the device. */
  async create(version: "v1alpha2" | "v1beta1"): Promise<void> {
    for (const [file, plural] of [
      ["counter-model.yaml", "devicemodels"],
      ["counter.yaml", "devices"],
    ]) {
      const object = parse(readFileSync(resolve(examples, version, file!), "utf8"));
      const { status, body } = await this.#kube.post(`${base(version)}/${plural}`, object);
      if (status !== 201 && status !== 409)
        throw new Error(`${file}: ${status} ${JSON.stringify(body)}`);
    }
  }

  async get(): Promise<KubeAnswer["body"]> {
    return (await this.#kube.get(path)).body;
  }

  async setDesired(value: string): Promise<void> {
    const properties = [{ name: "status", desired: { value } }];
    const { status, body } = await this.#kube.patch(path, { spec: { properties } });
    if (status !== 200) throw new Error(`patch: ${status} ${JSON.stringify(body)}`);
  }

  /** What the device last reported; NaN before the first report. */
  async count(): Promise<number> {
    const device = await this.get();
    return Number(twinOf(device)?.reported?.value ?? Number.NaN);
  }

  /** Resolves when the count has risen by at least two since now. */
  async rises(withinMs?: number): Promise<void> {
    let first = Number.NaN;
    await eventually(
      "the reported count rises",
      async () => {
        const count = await this.count();
        if (Number.isNaN(first)) first = count;
        return count >= first + 2 ? count : undefined;
      },
      withinMs,
    );
  }

  /** Resolves when the desired value is applied, as its phase says. */
  async isApplied(value: string, withinMs?: number): Promise<void> {
    await eventually(
      `desired ${value} is Applied`,
      async () => {
        const twin = twinOf(await this.get());
        const applied = twin?.phase?.name === "Applied" && twin.observedDesired?.value === value;
        if (!applied) throw new Error(JSON.stringify(twin));
        return true;
      },
      withinMs,
    );
  }
}

function twinOf(device: KubeAnswer["body"]) {
  return device?.status?.twins?.find(
    (twin: { propertyName: string }) => twin.propertyName === "status",
  );
}
