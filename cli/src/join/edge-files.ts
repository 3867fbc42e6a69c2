import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CredentialFiles } from "@mapperkit/edgecore";
import { stringify } from "yaml";

/** Where a node's certificates are, in KubeEdge's names. */
export function credentialFiles(data: string): CredentialFiles {
  const at = (name: string) => join(data, "certs", name);
  return { ca: at("rootCA.crt"), certificate: at("server.crt"), key: at("server.key") };
}

/** Writes edgecore's configuration, for its owner only, and says where. */
export async function writeEdgeConfig(
  data: string,
  edge: { node: string; hubUrl: string; certificateUrl: string },
): Promise<string> {
  const { node, hubUrl: url, certificateUrl } = edge;
  const config = { node, cloud: { url, certificateUrl, ...credentialFiles(data) } };
  const file = join(data, "edgecore.yaml");
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.partial`, stringify(config), { mode: 0o600 });
  await rename(`${file}.partial`, file);
  return file;
}
