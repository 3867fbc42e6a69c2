import { KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";
import type { Argv, CommandModule } from "yargs";
import { findKubeconfig } from "../device/device-client.ts";
import { parseLifetime } from "../join/parse-lifetime.ts";
import { tokenTable } from "../join/token-table.ts";
import type { Streams } from "../output/streams.ts";

interface TokenFlags {
  kubeconfig?: string | undefined;
}

export function tokenCommand(streams: Streams): CommandModule {
  return {
    command: "token",
    describe: "Tokens with which edge nodes join",
    builder: (yargs) =>
      yargs
        .command(createCommand(streams))
        .command(listCommand(streams))
        .command(deleteCommand(streams))
        .demandCommand(1, "Name what to do: create, list or delete."),
    handler: () => {},
  };
}

function createCommand({
  out,
}: Streams): CommandModule<unknown, TokenFlags & { node: string; ttl: string }> {
  return {
    command: "create",
    describe: "Make a token with which one node can join once, and print it",
    builder: (yargs) =>
      withKubeconfig(yargs)
        .option("node", { type: "string", demandOption: true, describe: "Name of the node" })
        .option("ttl", { type: "string", default: "24h", describe: "How long it is good for" })
        .example("$0 token create --node pi-1 --ttl 24h", "Then on pi-1: mapperkit join"),
    handler: (flags) =>
      withCloud(flags, async (cloud, signal) => {
        const { createJoinToken } = await import("@mapperkit/cloudcore/tokens");
        const wish = { node: flags.node, ttlMs: parseLifetime(flags.ttl) };
        const { token } = await createJoinToken(cloud, wish, signal);
        out(token);
      }),
  };
}

function listCommand({ out }: Streams): CommandModule<unknown, TokenFlags> {
  return {
    command: "list",
    describe: "The tokens of the last days, and what became of them",
    builder: withKubeconfig,
    handler: (flags) =>
      withCloud(flags, async (cloud, signal) => {
        const { NodeTokens } = await import("@mapperkit/cloudcore/tokens");
        const tokens = await new NodeTokens(cloud).list(signal);
        out(tokens.length > 0 ? tokenTable(tokens, cloud.clock.now()) : "There are no tokens.");
      }),
  };
}

function deleteCommand({ out }: Streams): CommandModule<unknown, TokenFlags & { id: string }> {
  return {
    command: "delete <id>",
    describe: "Take a token back; nobody can join with it any more",
    builder: (yargs) =>
      withKubeconfig(yargs).positional("id", {
        type: "string",
        demandOption: true,
        describe: "As `token list` prints it",
      }),
    handler: (flags) =>
      withCloud(flags, async (cloud, signal) => {
        const { NodeTokens } = await import("@mapperkit/cloudcore/tokens");
        await new NodeTokens(cloud).delete(flags.id, signal);
        out(`token ${flags.id} deleted`);
      }),
  };
}

function withKubeconfig<T>(yargs: Argv<T>): Argv<T & TokenFlags> {
  return yargs.option("kubeconfig", {
    type: "string",
    describe: "The cloud's Kubernetes [KUBECONFIG, .mapperkit/kubeconfig, ~/.kube/config]",
  });
}

async function withCloud(
  flags: TokenFlags,
  work: (cloud: { client: KubeClient; clock: RealClock }, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const clock = new RealClock();
  const kubeconfig = findKubeconfig(flags.kubeconfig);
  const client = new KubeClient({ loadAccess: () => loadKubeconfig(kubeconfig), clock });
  try {
    await work({ client, clock }, new AbortController().signal);
  } finally {
    client.close();
  }
}
