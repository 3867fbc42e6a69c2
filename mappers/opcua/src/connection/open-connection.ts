import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { EndpointDescription, OPCUAClient, OPCUAClientOptions } from "node-opcua-client";
import type { OpcuaConfig } from "../config/opcua-config.ts";
import type { Library } from "../library.ts";
import {
  APPLICATION,
  applicationUri,
  type KeyPair,
  PkiFolder,
  warnOfExpiry,
} from "../pki/pki-folder.ts";
import { chooseEndpoint } from "./choose-endpoint.ts";
import { connectFailure } from "./connect-failure.ts";
import { loginOf } from "./login.ts";
import { serverFacts } from "./server-facts.ts";
import { UaConnection } from "./ua-connection.ts";

export interface ConnectWith {
  readonly library: Library;
  readonly config: OpcuaConfig;
  /** For the server's list of sessions. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** A whole buffer is allocated for each message: with the default of 64 KB and more, most time goes there. */
const BUFFERS = { receiveBufferSize: 16_384, sendBufferSize: 16_384 };

/** Keys are exchanged while a session is opened, which takes a small server its time. */
const LEAST_PATIENCE_MS = 3000;

/**
 * Opens a session: looks what the server offers, checks its certificate, logs in.
 * @throws MapperkitError `unreachable` saying what to check
 */
export async function openConnection(parts: ConnectWith): Promise<UaConnection> {
  const pki = await openPki(parts);
  try {
    return await connect(parts, pki);
  } catch (error) {
    await pki[Symbol.asyncDispose]();
    throw connectFailure(error, parts.config);
  }
}

/** What a server offers to whoever asks. @throws what node-opcua throws, or MapperkitError */
export async function offeredEndpoints(parts: ConnectWith): Promise<EndpointDescription[]> {
  await using pki = await openPki(parts);
  return await lookAround(parts, pki, await pki.ownKeyPair());
}

function openPki({ library, config, clock, log }: ConnectWith): Promise<PkiFolder> {
  const { certificates } = library;
  const { pkiFolder: folder, trustOnFirstUse } = config;
  return PkiFolder.open({ certificates, folder, trustOnFirstUse, clock, log });
}

async function connect(parts: ConnectWith, pki: PkiFolder): Promise<UaConnection> {
  const { library, config, clock, log } = parts;
  const { ua } = library;
  const own = await pki.ownKeyPair();
  const endpoint = chooseEndpoint(await lookAround(parts, pki, own), config);
  const pair = ownPairOf(config) ?? own;
  const isSecure = config.securityMode !== "None";
  if (isSecure) {
    warnOfExpiry(pair, clock, log);
    await pki.checkServer(firstOf(endpoint.serverCertificate), config.url);
  }
  const client = clientOf(parts, pki, pair, {
    securityMode: endpoint.securityMode,
    securityPolicy: endpoint.securityPolicyUri ?? ua.SecurityPolicy.None,
    ...(isSecure && { serverCertificate: endpoint.serverCertificate }),
  });
  return await whileWanted(parts.signal, client, async () => {
    await client.connect(config.url);
    const session = await client.createSession(loginOf(ua, config));
    const facts = await serverFacts(ua, session);
    const release = () => pki[Symbol.asyncDispose]();
    return new UaConnection({
      ...{ client, session, ...facts, release, clock },
      timeoutMs: config.timeoutMs,
    });
  });
}

/** The endpoints that a server offers, asked for without security. */
async function lookAround(
  parts: ConnectWith,
  pki: PkiFolder,
  own: KeyPair,
): Promise<EndpointDescription[]> {
  const client = clientOf(parts, pki, own, {});
  return await whileWanted(parts.signal, client, async () => {
    await client.connect(parts.config.url);
    const endpoints = await client.getEndpoints();
    await client.disconnect();
    return endpoints;
  });
}

function clientOf(
  { library, config, name }: ConnectWith,
  pki: PkiFolder,
  pair: KeyPair,
  security: OPCUAClientOptions,
): OPCUAClient {
  const { timeoutMs, sessionTimeoutMs } = config;
  const patienceMs = Math.max(timeoutMs, LEAST_PATIENCE_MS);
  return library.ua.OPCUAClient.create({
    applicationName: APPLICATION,
    applicationUri: uriOf(pair),
    clientName: name,
    ...pair,
    clientCertificateManager: pki.store,
    // One attempt: when to try again is the endpoint's business.
    connectionStrategy: { maxRetry: 0 },
    // The server's own name for its endpoint is often not the one by which it is reached.
    endpointMustExist: false,
    // Sessions are closed by their owner; a dead connection is not asked to close any.
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: sessionTimeoutMs,
    transportTimeout: patienceMs,
    defaultTransactionTimeout: patienceMs,
    transportSettings: BUFFERS,
    ...security,
  });
}

/** Whatever ends the work, or the wish for it, nothing stays open. */
async function whileWanted<T>(
  signal: AbortSignal,
  client: OPCUAClient,
  work: () => Promise<T>,
): Promise<T> {
  const end = () => void client.disconnect().catch(() => undefined);
  signal.throwIfAborted();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await work();
  } catch (error) {
    await client.disconnect().catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function ownPairOf({ certificate, privateKey }: OpcuaConfig): KeyPair | undefined {
  if (certificate === undefined || privateKey === undefined) return undefined;
  return { certificateFile: certificate, privateKeyFile: privateKey };
}

/** Servers compare the application's URI with the one in its certificate. */
function uriOf({ certificateFile }: KeyPair): string {
  try {
    const { subjectAltName = "" } = new X509Certificate(readFileSync(certificateFile));
    return /URI:([^,]+)/.exec(subjectAltName)?.[1] ?? applicationUri();
  } catch (cause) {
    const message = `certificate ${certificateFile} cannot be used: ${String(cause)}`;
    throw new MapperkitError("unreachable", message, { cause });
  }
}

/** Some servers send their whole chain; the first is their own. */
function firstOf(certificate: Buffer | null): Buffer {
  if (!certificate || certificate.length === 0) {
    throw new MapperkitError("unreachable", "the server shows no certificate for this endpoint");
  }
  return Buffer.from(new X509Certificate(certificate).raw);
}
