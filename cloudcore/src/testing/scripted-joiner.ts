import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What openssl, as a foreign program, makes for an edge. */
export interface Keys {
  readonly keyPem: string;
  readonly csrDer: Buffer;
}

export function makeKeys(subject: string, curve = "prime256v1"): Keys {
  return inFolder((folder) => {
    const [key, csr] = [join(folder, "key"), join(folder, "csr")];
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", key);
    openssl("req", "-new", "-key", key, "-subj", subject, "-outform", "DER", "-out", csr);
    return { keyPem: readFileSync(key, "utf8"), csrDer: readFileSync(csr) };
  });
}

/** A client certificate of an authority that nobody knows. */
export function makeSelfSigned(subject: string): { key: string; cert: string } {
  return inFolder((folder) => {
    const [key, cert] = [join(folder, "key"), join(folder, "cert")];
    const how = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", ...how, "-subj", subject, "-keyout", key, "-out", cert, "-days", "2");
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  });
}

export function nodeSubject(node: string): string {
  return `/C=CN/L=Hangzhou/ST=Zhejiang/O=system:nodes/CN=system:node:${node}`;
}

export function certificatePem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** `openssl x509 -text` and the like, on a PEM. */
export function opensslReads(pem: string, ...args: string[]): string {
  return openssl("x509", "-noout", ...args, { input: pem });
}

function openssl(...args: (string | { input: string })[]): string {
  const last = args.at(-1);
  const input = typeof last === "object" ? last.input : undefined;
  const words = args.filter((arg): arg is string => typeof arg === "string");
  return execFileSync("openssl", words, {
    input,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "joiner-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Got {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/** GET, with a body where KubeEdge's edge sends one. */
export function getFrom(
  port: number,
  path: string,
  more: {
    headers?: Record<string, string>;
    body?: Buffer;
    method?: string;
    tls?: { key?: string; cert?: string; ca?: string };
  } = {},
): Promise<Got> {
  const { headers = {}, body, method = "GET", tls = {} } = more;
  return new Promise((resolve, reject) => {
    const wire = request(
      {
        ...{ host: "127.0.0.1", port, path, method, agent: false },
        ...{ rejectUnauthorized: tls.ca !== undefined, ...tls },
        headers: { ...headers, ...(body && { "content-length": body.length }) },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode, body: Buffer.concat(chunks) });
      },
    );
    wire.on("error", reject);
    wire.end(body);
  });
}
