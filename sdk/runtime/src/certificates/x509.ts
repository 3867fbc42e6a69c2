import { MapperkitError } from "@mapperkit/api";

export type X509 = typeof import("@peculiar/x509");

/**
 * The library behind this folder, loaded at first use: it is an optional peer, since whoever only
 * runs mappers needs no certificates made.
 * @throws MapperkitError `unsupported` when it is not installed
 */
export async function loadX509(): Promise<X509> {
  try {
    // x509 finds its parts through metadata: this must be loaded before it.
    await import("reflect-metadata");
    return await import("@peculiar/x509");
  } catch (cause) {
    throw new MapperkitError(
      "unsupported",
      "making certificates needs the packages @peculiar/x509 and reflect-metadata beside @mapperkit/runtime: install both",
      { cause },
    );
  }
}
