import { MapperkitError } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import type { BatchMapper, Context } from "@mapperkit/sdk";
import { discoverServers } from "./browse/discover-servers.ts";
import { endpointOf, type OpcuaConfig, opcuaConfig } from "./config/opcua-config.ts";
import { type OpcuaVisitor, opcuaVisitor } from "./config/opcua-visitor.ts";
import { openConnection } from "./connection/open-connection.ts";
import type { UaConnection } from "./connection/ua-connection.ts";
import { type Library, loadLibrary } from "./library.ts";
import { OpcuaSession } from "./session/opcua-session.ts";

/** Longer than any timeoutMs: the config's own rules. */
const OPERATION_MS = 130_000;

/** OPC UA as the SDK works it: batched reads and writes, and what the server tells by itself. */
export const opcuaDriver: BatchMapper<OpcuaConfig, OpcuaVisitor, OpcuaSession> = {
  protocol: "opcua",
  config: opcuaConfig,
  visitor: opcuaVisitor,
  // A Good answer to a write is the server's proof.
  verify: "ack",
  timeoutMs: OPERATION_MS,
  endpoint: endpointOf,
  async connect(ctx) {
    const library = await loadLibrary(ctx.log);
    const connection = await connectAloud(ctx, library);
    const { config, clock, log } = ctx;
    const lost = (why: MapperkitError) => ctx.lost(why);
    return new OpcuaSession({ ua: library.ua, config, connection, clock, log, lost });
  },
  close: (session) => session.close(),
  readMany: (session, ops) => session.readMany(ops),
  writeMany: (session, ops) => session.writeMany(ops),
  async subscribe(session, ops, emit, signal) {
    if (!session.isSubscribing) {
      throw new MapperkitError("unsupported", "subscribe is false: the device is polled");
    }
    await session.subscribe(ops, emit, signal);
  },
  discover: discoverServers,
};

/** Why a server is not reached is said once for each reason: it is tried again for ever. */
const lastSaid = new WeakMap<Log, string>();

async function connectAloud(
  { config, device, clock, log, signal }: Context<OpcuaConfig>,
  library: Library,
): Promise<UaConnection> {
  try {
    const name = `${device.namespace}/${device.name}`;
    const connection = await openConnection({ library, config, name, clock, log, signal });
    lastSaid.delete(log);
    return connection;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!signal.aborted && lastSaid.get(log) !== message) {
      lastSaid.set(log, message);
      log.warn("server cannot be used", { error: message });
    }
    throw error;
  }
}
