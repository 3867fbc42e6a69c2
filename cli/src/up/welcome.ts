import { printTable } from "../output/print-table.ts";
import type { RunningPart } from "./running-part.ts";

export interface Welcome {
  readonly version: string;
  readonly startedInMs: number;
  readonly parts: readonly RunningPart[];
  readonly kubeconfig: string;
  /** Whether the counter's own mapper and device run, so that the tutorial's commands work. */
  readonly hasCounter: boolean;
}

/** What a new user reads when everything runs. */
export function welcomeText(welcome: Welcome): string {
  const rows = welcome.parts.map((part) => [`  ${part.name}`, part.address, part.note]);
  const moved = welcome.parts
    .filter((part) => part.movedFrom !== undefined)
    .map(
      (part) => `  Port ${part.movedFrom} was taken: ${part.name} uses ${part.address} instead.`,
    );
  return [
    `mapperkit ${welcome.version} is ready (${(welcome.startedInMs / 1000).toFixed(1)} s)`,
    "",
    printTable(["  PART", "ADDRESS", "WHAT"], rows),
    ...(moved.length > 0 ? ["", ...moved] : []),
    "",
    "Next, in another terminal:",
    "",
    ...nextCommands(welcome),
    "",
    "Ctrl-C stops everything; the next start continues from the same state.",
  ].join("\n");
}

function nextCommands({ kubeconfig, hasCounter }: Welcome): string[] {
  const commands = [`  export KUBECONFIG=${kubeconfig}`];
  if (!hasCounter) return [...commands, "  kubectl get devices"];
  return [
    ...commands,
    "  kubectl apply -f examples/counter/v1alpha2/",
    '  kubectl edit device counter        # set desired of "status" to "ON"',
    "  kubectl get device counter -o yaml -w",
    "",
    "  # without kubectl:",
    "  npx mapperkit device set counter status=ON",
    "  npx mapperkit device watch counter",
  ];
}
