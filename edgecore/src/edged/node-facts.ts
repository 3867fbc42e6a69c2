import { cpus, networkInterfaces, release, totalmem, version } from "node:os";

/** What a node tells of its machine. */
export interface NodeFacts {
  readonly cpus: number;
  readonly memoryKi: number;
  /** The first address that is not the loopback's. */
  readonly address: string | undefined;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly kernelVersion: string;
  readonly osImage: string;
}

/** Go's names, which Kubernetes uses. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

export function readNodeFacts(): NodeFacts {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const outside = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
  return {
    cpus: cpus().length,
    memoryKi: Math.floor(totalmem() / 1024),
    address: outside?.address,
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    operatingSystem: process.platform,
    kernelVersion: release(),
    osImage: version(),
  };
}
