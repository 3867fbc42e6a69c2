import { existsSync } from "node:fs";
import { type Device, type DeviceModel, MapperkitError } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import type { SubjectOptions } from "@mapperkit/testing";
import { z } from "zod";
import { importFile } from "../import-file.ts";
import { loadMapper } from "../load-mapper.ts";
import { type Manifests, readManifests } from "../read-devices.ts";
import { settings } from "../settings.ts";
import type { ProofFlags } from "./proof-flags.ts";

/** A mapper with all that it is proved with. On hardware there need be no simulator. */
export interface Proof {
  readonly mapper: Mapper;
  readonly options: Omit<SubjectOptions, "sim"> & { readonly sim?: SubjectOptions["sim"] };
}

type Simulator = SubjectOptions["sim"];

/** What a simulator's file may export as `proof`: how its device is to be proved. */
const proofSchema = z.strictObject({
  /** The wire of the plant, where it does not speak in lines. */
  wire: z
    .custom<NonNullable<SubjectOptions["wire"]>>((one) => typeof one === "function")
    .optional(),
  unitKey: z.string().optional(),
  values: z.record(z.string(), z.array(z.unknown())).optional(),
  shown: z.record(z.string(), z.array(z.unknown())).optional(),
  commands: z.array(z.string()).optional(),
});

/**
 * Finds what a mapper is proved with: the simulator that lies beside it (`oven.sim.ts` beside
 * `oven.mapper.ts`), and the device of the manifests.
 * @throws MapperkitError `invalid_input` or `not_found` naming the flag that helps
 */
export async function loadProof(flags: ProofFlags): Promise<Proof> {
  const mapper = await loadMapper(flags.mapper);
  const { device, manifest } = deviceOf(flags);
  const simulated = await simulatedBy(flags);
  const model = simulated?.sim.model ?? manifest;
  if (!model) {
    const message = `${flags.mapper}: no model: name a simulator (--sim) or manifests with a DeviceModel (-f)`;
    throw new MapperkitError("invalid_input", message, { details: { field: "sim" } });
  }
  if (flags.target === "hw" && !device) {
    const message = "--target hw needs the device: name its manifest with -f";
    throw new MapperkitError("invalid_input", message, { details: { field: "file" } });
  }
  const config = settings(flags.set ?? []);
  return {
    mapper,
    options: {
      ...{ model, ...simulated },
      ...(device && { device }),
      ...(flags.set && { config }),
    },
  };
}

function deviceOf(flags: ProofFlags): { device?: Device; manifest?: DeviceModel } {
  if (!flags.file?.length) return {};
  const manifests = readManifests(flags.file);
  const device = chosenDevice(manifests, flags.device);
  const manifest = manifests.models.find(
    ({ metadata }) => metadata.name === device.spec?.deviceModelRef?.name,
  );
  return { device, ...(manifest && { manifest }) };
}

function chosenDevice({ devices }: Manifests, name: string | undefined): Device {
  const names = devices.map(({ metadata }) => metadata.name).join(", ");
  const found = devices.filter(({ metadata }) => metadata.name === (name ?? metadata.name));
  const [device] = found;
  if (device && found.length === 1) return device;
  const message = name
    ? `no Device ${name} in the files; there is: ${names}`
    : `the files hold ${devices.length} Devices (${names}): name one with --device`;
  throw new MapperkitError("not_found", message, { details: { field: "device" } });
}

async function simulatedBy({ mapper, sim, target }: ProofFlags) {
  const beside = mapper.replace(/\.mapper(\.[cm]?[jt]s)$/, ".sim$1");
  const file = sim ?? (beside !== mapper && existsSync(beside) ? beside : undefined);
  if (file !== undefined) return await loadSimulator(file);
  if (target === "hw") return undefined;
  const looked = beside === mapper ? "" : `, and there is no ${beside}`;
  const message = `--sim is missing${looked}: name the file of the simulator, or test hardware with --target hw`;
  throw new MapperkitError("invalid_input", message, { details: { field: "sim" } });
}

async function loadSimulator(file: string) {
  const { default: sim, proof = {} } = await importFile(file);
  if (!isSimulator(sim)) {
    const message = `${file}: expected a simulator as default export, such as \`export default defineSimulator(…)\``;
    throw new MapperkitError("invalid_input", message);
  }
  const { data, error } = proofSchema.safeParse(proof);
  if (error) {
    throw new MapperkitError("invalid_input", `${file}: proof: ${z.prettifyError(error)}`);
  }
  const { wire, unitKey, values, shown, commands } = data;
  return {
    sim,
    ...(wire && { wire }),
    ...(unitKey !== undefined && { unitKey }),
    ...(values && { values }),
    ...(shown && { shown }),
    ...(commands && { commands }),
  };
}

function isSimulator(value: unknown): value is Simulator {
  return typeof (value as Simulator | undefined)?.serve === "function";
}
