import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DevicePlace } from "./device-place.ts";

/** Where mappers and the far sides of their devices keep what outlives them. */
function dataFolder(): string {
  return resolve(process.env.MAPPERKIT_DATA ?? ".mapperkit");
}

/** Where the server at a place keeps its certificates: a client that knows it need not look again. */
export function serverFolder({ host, port }: Pick<DevicePlace, "host" | "port">): string {
  return join(dataFolder(), "simulated-opcua", `${host.replaceAll(/[^\w.-]/g, "")}_${port}`);
}

/**
 * Has the mapper of this data folder know the server at a place, as the person does who puts a server
 * into operation: no device then needs to trust whatever it meets. Folders that a Device names are
 * its owner's, and left alone.
 */
export function introduce(place: DevicePlace, certificateFile: string): void {
  if (place.mode === "None" || place.hasOwnPkiFolder) return;
  const trusted = join(dataFolder(), "opcua-pki", "trusted", "certs");
  mkdirSync(trusted, { recursive: true, mode: 0o700 });
  const name = `simulated_${place.host.replaceAll(/[^\w.-]/g, "")}_${place.port}.pem`;
  copyFileSync(certificateFile, join(trusted, name));
}
