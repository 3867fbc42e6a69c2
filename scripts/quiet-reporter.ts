import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

/**
 * A test report for people and logs: every failure in full, every check that was left out with its
 * reason, and one closing line `N passed, N failed, N skipped`. A test is counted, its file is not.
 */
export default async function* quietReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const leftOut = new Map<string, number>();
  for await (const event of events) {
    if (event.type === "test:stderr" || event.type === "test:stdout") {
      yield event.data.message;
    } else if (event.type === "test:pass" && !isContainer(event.data)) {
      if (event.data.skip === undefined) counts.passed += 1;
      else {
        counts.skipped += 1;
        const reason = `${event.data.skip || event.data.name}`;
        leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
      }
    } else if (event.type === "test:fail" && !isContainer(event.data)) {
      counts.failed += 1;
      yield `\n✖ ${event.data.name} (${event.data.file ?? ""}:${event.data.line ?? ""})\n`;
      yield `${inspect(event.data.details.error.cause ?? event.data.details.error)}\n`;
    }
  }
  for (const [reason, count] of leftOut) yield `left out: ${reason} (${count})\n`;
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

/** A suite, or a file run in a process of its own that holds tests: its tests are counted instead. */
function isContainer(data: { details: object; name: string; file?: string | undefined }): boolean {
  const type = "type" in data.details ? data.details.type : undefined;
  return type === "suite";
}
