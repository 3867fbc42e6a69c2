import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { parse } from "yaml";
import { z } from "zod";
import type { KubeAccess } from "./kube-access.ts";

const cluster = z.looseObject({
  server: z.string().regex(/^https?:\/\//, "expected an http or https URL"),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": z.string().optional(),
  "proxy-url": z.string().optional(),
});
const user = z.looseObject({
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.string().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
});
const context = z.looseObject({
  cluster: z.string(),
  user: z.string().optional(),
  namespace: z.string().optional(),
});
const kubeconfig = z.looseObject({
  "current-context": z.string().optional(),
  contexts: z.array(z.looseObject({ name: z.string(), context })).default([]),
  clusters: z.array(z.looseObject({ name: z.string(), cluster })).default([]),
  users: z.array(z.looseObject({ name: z.string(), user: user.nullish() })).default([]),
});
type Kubeconfig = z.infer<typeof kubeconfig>;
type User = z.infer<typeof user>;

/** Ways to log in that need a program or a dialogue; this reader does not run them. */
const UNSUPPORTED_USER_FIELDS = ["exec", "auth-provider", "username", "password"] as const;

/**
 * Reads a kubeconfig and the files it names, for its current context.
 * @throws MapperkitError `invalid_input` naming the file and the field, `unsupported` for credentials
 * that only a plugin can get.
 */
export async function loadKubeconfig(file: string): Promise<KubeAccess> {
  const text = await readNamed(file, "kubeconfig");
  const config = parseKubeconfig(text, file);
  const current = pickContext(config, file);
  return readAccess(current, dirname(resolve(file)));
}

interface Picked {
  readonly namespace: string;
  readonly cluster: z.infer<typeof cluster>;
  readonly userName: string;
  readonly user: User;
}

function parseKubeconfig(text: string, file: string): Kubeconfig {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new MapperkitError("invalid_input", `${file} is not YAML`, { cause, details: { file } });
  }
  const result = kubeconfig.safeParse(value);
  if (result.success) return result.data;
  throw new MapperkitError(
    "invalid_input",
    `${file} is not a kubeconfig:\n${z.prettifyError(result.error)}`,
    { details: { file } },
  );
}

function pickContext(config: Kubeconfig, file: string): Picked {
  const name = config["current-context"];
  const found = config.contexts.find((entry) => entry.name === name)?.context;
  if (!found) throw invalid(file, `current-context ${quote(name)} is not among its contexts`);
  const target = config.clusters.find((entry) => entry.name === found.cluster)?.cluster;
  if (!target) throw invalid(file, `cluster ${quote(found.cluster)} is not among its clusters`);
  const account = config.users.find((entry) => entry.name === found.user);
  if (found.user && !account) {
    throw invalid(file, `user ${quote(found.user)} is not among its users`);
  }
  const userName = found.user ?? "";
  refuseUnsupported(userName, account?.user ?? {}, target);
  return {
    namespace: found.namespace || "default",
    cluster: target,
    userName,
    user: account?.user ?? {},
  };
}

function refuseUnsupported(userName: string, account: User, target: z.infer<typeof cluster>): void {
  for (const field of UNSUPPORTED_USER_FIELDS) {
    if (account[field] === undefined) continue;
    throw new MapperkitError(
      "unsupported",
      `kubeconfig user ${quote(userName)} has ${quote(field)}: only token, tokenFile and client certificates can be used; make a kubeconfig with one of these, for example with "kubectl create token"`,
      { details: { user: userName, field } },
    );
  }
  if (target["proxy-url"]) {
    throw new MapperkitError("unsupported", 'kubeconfig cluster has "proxy-url": not supported', {
      details: { field: "proxy-url" },
    });
  }
}

async function readAccess(picked: Picked, folder: string): Promise<KubeAccess> {
  const { cluster: target, user: account } = picked;
  const ca = await dataOrFile(target, "certificate-authority", folder);
  const certificate = await dataOrFile(account, "client-certificate", folder);
  const key = await dataOrFile(account, "client-key", folder);
  const token =
    account.token ??
    (account.tokenFile && (await readNamed(resolve(folder, account.tokenFile), "tokenFile")));
  const serverName = target["tls-server-name"];
  return {
    server: target.server.replace(/\/+$/, ""),
    namespace: picked.namespace,
    insecureSkipTlsVerify: target["insecure-skip-tls-verify"] ?? false,
    ...(ca && { ca }),
    ...(certificate && { certificate }),
    ...(key && { key }),
    ...(token && { token: token.trim() }),
    ...(serverName && { serverName }),
  };
}

/** `<field>-data` (base64) wins over `<field>` (a file, relative to the kubeconfig). */
async function dataOrFile(
  holder: Readonly<Record<string, unknown>>,
  field: string,
  folder: string,
): Promise<string | undefined> {
  const data = holder[`${field}-data`];
  if (typeof data === "string" && data) return Buffer.from(data, "base64").toString("utf8");
  const file = holder[field];
  return typeof file === "string" && file ? readNamed(resolve(folder, file), field) : undefined;
}

async function readNamed(file: string, field: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new MapperkitError(
      "invalid_input",
      `cannot read ${field} ${file}: name a file that exists and may be read`,
      {
        cause,
        details: { field, file },
      },
    );
  }
}

function invalid(file: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `${file}: ${what}`, { details: { file } });
}

function quote(name: string | undefined): string {
  return JSON.stringify(name ?? "");
}
