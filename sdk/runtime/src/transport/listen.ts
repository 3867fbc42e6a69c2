import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { MapperkitError } from "@mapperkit/api";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** "next" tries the ports above, up to a hundred of them. */
  readonly whenTaken: "fail" | "next";
}

const PORTS_TRIED = 100;
const LAST_PORT = 65_535;

/**
 * Makes a server listen and says on which port.
 * @throws MapperkitError `invalid_input` naming host and port when that cannot be
 */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  const { host, port, whenTaken } = options;
  const tried = whenTaken === "next" && port !== 0 ? PORTS_TRIED : 1;
  const lastPort = Math.min(LAST_PORT, port + tried - 1);
  for (let candidate = port; ; candidate += 1) {
    try {
      server.listen({ host, port: candidate });
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    } catch (cause) {
      if (codeOf(cause) === "EADDRINUSE" && candidate < lastPort) continue;
      throw refusal(host, port, lastPort, cause);
    }
  }
}

function refusal(host: string, port: number, lastPort: number, cause: unknown): MapperkitError {
  const details = { host, port };
  const ports = lastPort > port ? `ports ${port} to ${lastPort}` : `port ${port}`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `${ports} of ${host} ${lastPort > port ? "are" : "is"} in use: stop the other program or choose another port`,
    EACCES: `${ports} of ${host} may not be opened by this user: choose a port above 1023`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: choose another host`,
    ENOTFOUND: `${host} is not a known host name: choose another host`,
  };
  const reason = reasons[codeOf(cause) ?? ""];
  if (reason) return new MapperkitError("invalid_input", reason, { cause, details });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError("invalid_input", `${ports} of ${host} cannot be opened: ${why}`, {
    cause,
    details,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
