import type { Log } from "@mapperkit/runtime";

/** node-opcua's client. */
export type Opcua = typeof import("node-opcua-client");
/** node-opcua's certificate folders. */
export type OpcuaCertificates = typeof import("node-opcua-certificate-manager");

export interface Library {
  readonly ua: Opcua;
  readonly certificates: OpcuaCertificates;
}

/**
 * Loads node-opcua, which costs a second and 90 MB: only a mapper that opens a session pays for it.
 * Its own warnings go to `log` as debug entries; what users need to know is said by this mapper.
 */
export async function loadLibrary(log: Log): Promise<Library> {
  const ua = await import("node-opcua-client");
  const certificates = await import("node-opcua-certificate-manager");
  const quiet = (_context: unknown, ...words: unknown[]) =>
    log.debug("node-opcua", { detail: words.map(String).join(" ").slice(0, 500) });
  ua.setWarningLogger(quiet);
  ua.setErrorLogger(quiet);
  return { ua, certificates };
}
