import { type Device, MapperkitError } from "@mapperkit/api";
import { RealClock } from "@mapperkit/runtime";
import { stringify } from "yaml";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import { DeviceClient, findKubeconfig } from "./device-client.ts";
import { complaints, DEVICE_HEAD, deviceRow, TWIN_HEAD, twinRows } from "./device-rows.ts";
import { awaitOutcome, checkAgainstModel, parseAssignments, setDesired } from "./set-desired.ts";

export type OutputForm = "table" | "wide" | "json" | "yaml";

export interface DeviceFlags {
  kubeconfig?: string | undefined;
  namespace?: string | undefined;
  output: OutputForm;
}

export async function listDevices(flags: DeviceFlags, { out, err }: Streams): Promise<void> {
  await withDevices(flags, async (devices) => {
    const list = await devices.list();
    if (isObjectForm(flags.output)) {
      const items = { apiVersion: "v1", kind: "List", items: list.map(shown) };
      return out(formatObject(items, flags.output));
    }
    if (list.length === 0) return err(`No devices in namespace ${await devices.namespace()}.`);
    if (flags.output === "table") return out(printTable(DEVICE_HEAD, list.map(deviceRow)));
    const rows = list.flatMap((device) =>
      twinRows(device).map((twin) => [...deviceRow(device), ...twin]),
    );
    return out(printTable([...DEVICE_HEAD, ...TWIN_HEAD], rows));
  });
}

export async function getDevice(
  flags: DeviceFlags & { name: string },
  { out }: Streams,
): Promise<void> {
  await withDevices(flags, async (devices) => {
    const device = await devices.get(flags.name);
    if (isObjectForm(flags.output)) return out(formatObject(shown(device), flags.output));
    out(printTable(DEVICE_HEAD, [deviceRow(device)]));
    out("");
    out(printTable(TWIN_HEAD, twinRows(device)));
    for (const complaint of complaints(device)) out(`\n${complaint}`);
  });
}

export async function setDevice(
  flags: DeviceFlags & { name: string; values: string[]; wait: boolean; timeout: number },
  { out }: Streams,
): Promise<void> {
  const values = parseAssignments(flags.values);
  const timeout = new RealClock().timeout(flags.timeout * 1000);
  await withDevices(
    flags,
    async (devices) => {
      await checkAgainstModel(devices, flags.name, values);
      const device = await setDesired(devices, flags.name, values);
      const names = [...values.keys()];
      if (!flags.wait) return out(`${flags.name}: desired set, not waiting`);
      const twins = await awaitOutcome(devices, device, names).catch((error: unknown) => {
        if (!timeout.aborted) throw error;
        throw new MapperkitError(
          "timed_out",
          `desired is set, but nobody said within ${flags.timeout} s what became of ${names.join(", ")}; ` +
            `see \`mapperkit device get ${flags.name}\``,
        );
      });
      if (isObjectForm(flags.output))
        out(formatObject({ device: flags.name, twins }, flags.output));
      for (const { propertyName, phase } of isObjectForm(flags.output) ? [] : twins) {
        out(`${flags.name}: ${propertyName}=${values.get(propertyName)} ${phase?.name}`);
      }
      const refused = twins.find(({ phase }) => phase?.name !== "Applied");
      if (!refused) return;
      const why = refused.phase?.message ?? refused.phase?.reason ?? "no reason given";
      throw new MapperkitError(
        "rejected",
        `${refused.propertyName}: ${refused.phase?.name}: ${why}`,
      );
    },
    timeout,
  );
}

export async function watchDevice(
  flags: DeviceFlags & { name: string },
  { out, err }: Streams,
): Promise<void> {
  await withDevices(flags, async (devices) => {
    let device = await devices.get(flags.name);
    const seen = new Map<string, string>();
    const print = (state: Device) => {
      if (isObjectForm(flags.output)) return out(formatObject(shown(state), flags.output));
      for (const row of twinRows(state)) {
        const [property, desired, reported, phase, reason] = row;
        const line = `${property}  desired ${desired}  reported ${reported}  ${phase} ${reason}`;
        if (seen.get(property ?? "") !== line) out(line.trimEnd());
        seen.set(property ?? "", line);
      }
    };
    print(device);
    for await (device of devices.follow(flags.name, device)) print(device);
    err(`device ${flags.name} was deleted`);
  });
}

function isObjectForm(form: OutputForm): form is "json" | "yaml" {
  return form === "json" || form === "yaml";
}

/** Kubernetes reads YAML 1.1, where an unquoted ON is a boolean: what is printed can be applied. */
function formatObject(value: unknown, form: "json" | "yaml"): string {
  return form === "json"
    ? JSON.stringify(value, null, 2)
    : `---\n${stringify(value, { version: "1.1" }).trimEnd()}`;
}

/** As kubectl shows it: without the long list of who owns which field. */
function shown(device: Device): Device {
  const { managedFields: _, ...metadata } = device.metadata;
  return { ...device, metadata };
}

/** Gives the work a client that Ctrl-C ends, quietly. */
async function withDevices(
  flags: DeviceFlags,
  work: (devices: DeviceClient) => Promise<void>,
  limit?: AbortSignal,
): Promise<void> {
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const signal = limit ? AbortSignal.any([interrupted.signal, limit]) : interrupted.signal;
  using devices = new DeviceClient(
    { kubeconfig: findKubeconfig(flags.kubeconfig), namespace: flags.namespace },
    signal,
  );
  try {
    await work(devices);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
