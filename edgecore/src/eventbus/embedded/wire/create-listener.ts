import { readFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { MapperkitError } from "@mapperkit/api";

/**
 * A server for MQTT clients, plain or TLS (1.2 and up).
 * @throws MapperkitError `invalid_input` when certificate or key cannot be used
 */
export async function createListener(
  tls: { readonly certFile: string; readonly keyFile: string } | undefined,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const options = { noDelay: true };
  if (!tls) return createServer(options, accept);
  const [cert, key] = await Promise.all([
    pemOf("certFile", tls.certFile),
    pemOf("keyFile", tls.keyFile),
  ]);
  try {
    const server = createTlsServer({ ...options, cert, key, minVersion: "TLSv1.2" }, accept);
    // Who speaks no TLS is cut off by Node; nobody else is to be bothered.
    server.on("tlsClientError", (_, socket) => socket.destroy());
    return server;
  } catch (cause) {
    throw unusable("mqtt.tls", `${tls.certFile} with ${tls.keyFile}`, cause);
  }
}

async function pemOf(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unusable(`mqtt.tls.${key}`, file, cause);
  }
}

function unusable(key: string, file: string, cause: unknown): MapperkitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError("invalid_input", `${key} ${file} cannot be used: ${reason}`, {
    cause,
    details: { key, file },
  });
}
