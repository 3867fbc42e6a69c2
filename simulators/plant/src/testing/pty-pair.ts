import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Two serial ports that are joined; they live as long as the test. Needs socat. */
export async function openPtyPair(t: TestContext): Promise<readonly [string, string]> {
  const folder = mkdtempSync(join(tmpdir(), "pty-"));
  const ports = [join(folder, "a"), join(folder, "b")] as const;
  const socat = spawn(
    "socat",
    ["-d", "-d", ...ports.map((link) => `pty,raw,echo=0,link=${link}`)],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  t.after(async () => {
    const exit = once(socat, "exit");
    socat.kill();
    await exit;
    rmSync(folder, { recursive: true, force: true });
  });
  let said = "";
  for await (const text of socat.stderr) {
    said += text;
    if (said.includes("starting data transfer loop")) break;
  }
  return ports;
}
