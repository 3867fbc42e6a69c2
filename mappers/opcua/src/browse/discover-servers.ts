import { MapperkitError } from "@mapperkit/api";
import type { Context, Discovered } from "@mapperkit/sdk";
import { type OpcuaConfig, opcuaConfig } from "../config/opcua-config.ts";
import { modeNameOf, policyNameOf } from "../connection/choose-endpoint.ts";
import { connectFailure } from "../connection/connect-failure.ts";
import { offeredEndpoints } from "../connection/open-connection.ts";
import { loadLibrary } from "../library.ts";

/**
 * The endpoints that a server, or a discovery server, at `config.url` offers: one for each security.
 * @throws MapperkitError `invalid_input` without a url, `unreachable` when nobody answers
 */
export async function* discoverServers(
  ctx: Context<Partial<OpcuaConfig>>,
): AsyncGenerator<Discovered<OpcuaConfig>> {
  const { data: config, error } = opcuaConfig.safeParse(ctx.config);
  if (!config) {
    const [issue] = error.issues;
    throw new MapperkitError("invalid_input", `url: ${issue?.message}, e.g. opc.tcp://host:4840`);
  }
  const { clock, log, signal } = ctx;
  const library = await loadLibrary(log);
  const name = "discovery";
  try {
    const endpoints = await offeredEndpoints({ library, config, name, clock, log, signal });
    for (const endpoint of endpoints) {
      const securityMode = modeNameOf(endpoint);
      const found = opcuaConfig.safeParse({
        ...ctx.config,
        ...{ securityMode, securityPolicy: policyNameOf(endpoint) },
      });
      const { applicationUri, applicationName } = endpoint.server;
      if (!found.data) continue;
      yield {
        config: found.data,
        labels: {
          application: applicationName?.text ?? "",
          applicationUri: applicationUri ?? "",
        },
      };
    }
  } catch (cause) {
    throw connectFailure(cause, config);
  }
}
