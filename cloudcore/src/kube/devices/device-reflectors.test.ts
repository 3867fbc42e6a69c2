import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { createRandom, silentLog, VirtualClock } from "@mapperkit/runtime";
import type { KubeClient } from "../client/kube-client.ts";
import { deviceReflectors } from "./device-reflectors.ts";

const lamp = (resourceVersion: string) => ({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { name: "lamp", namespace: "default", uid: "u", resourceVersion },
});

/** An API server that is restored from a backup after the first list. */
function restoredServer(): KubeClient {
  const versions = ["40", "30"];
  const server = {
    accessGeneration: 1,
    listPage: async ({ plural }: { plural: string }) => ({
      items: plural === "devices" ? [lamp(versions.shift() ?? "30")] : [],
      resourceVersion: "50",
    }),
    watch: async () => {
      if (versions.length === 1) {
        throw new MapperkitError("conflict", "expired", { details: { status: 410 } });
      }
      return new Promise(() => {});
    },
  };
  return server as unknown as KubeClient;
}

test("an older state of a device that a new list brings replaces what was known", async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const parts = { client: restoredServer(), clock, random: createRandom(1), log: silentLog };
  const reflectors = deviceReflectors(parts, {
    deviceSeen: ({ metadata }) => void told.push(`seen ${metadata.resourceVersion}`),
    deviceGone: ({ metadata }) => void told.push(`gone ${metadata.resourceVersion}`),
    modelSeen: () => {},
    modelGone: () => {},
  });
  for (const reflector of reflectors) void reflector.start(new AbortController().signal);
  await clock.advance(60_000);
  assert.deepEqual(told, ["seen 40", "gone 30", "seen 30"]);
  for (const reflector of reflectors) void reflector.stop();
});
