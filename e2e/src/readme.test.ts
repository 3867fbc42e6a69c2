import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { test } from "node:test";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { KubeHttp } from "./harness/kube-http.ts";
import { withoutKubectl } from "./harness/kubectl.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";
import { fits, readTutorial } from "./harness/tutorial.ts";

const root = resolve(import.meta.dirname, "../..");
const steps = readTutorial(readFileSync(resolve(root, "README.md"), "utf8"));
/** `kubectl edit` opens this in place of a person: it turns the counter on, once. */
const EDITOR = `sed -i 's/value: "OFF"/value: "ON"/'`;

test("README begins with the two commands", () => {
  assert.deepEqual(
    steps.slice(0, 2).map((step) => step.commands),
    ["npm ci && npm start", "npm ci && npm test"],
  );
});

test("README's tutorial, word for word", {
  skip: withoutKubectl || (await portTaken()),
}, async () => {
  using folder = checkoutOf(root);
  const env: NodeJS.ProcessEnv = { ...process.env, EDITOR };
  const tutorial = steps.slice(2).filter(({ kind }) => kind !== "processes");
  const first = tutorial.shift()!;
  assert.equal(first.kind, "start");
  await using system = inBackground(first.commands, folder.path, env);
  await system.prints(first.output!);

  for (const step of tutorial) {
    const where = `README.md:${step.line} \`${step.commands}\``;
    const attempt = () => {
      const { stdout, stderr, status } = spawnSync(
        "bash",
        ["-ec", withExports(step.commands, env)],
        {
          cwd: folder.path,
          env,
          encoding: "utf8",
          timeout: 30_000,
        },
      );
      assert.equal(status, 0, `${where} failed: ${stderr}`);
      const printed = `${stdout}${stderr}`;
      assert.ok(fits(printed, step.output ?? ""), `${where} printed:\n${printed}`);
      return true;
    };
    if (step.kind === "eventually") await eventually(`${where} prints what it says`, attempt);
    else attempt();
  }
});

test("README's five processes make the same road", { skip: await portTaken() }, async () => {
  using folder = checkoutOf(root);
  const { commands } = steps.find(({ kind }) => kind === "processes")!;
  await using running = new AsyncDisposableStack();
  for (const command of commands.split("\n")) {
    const part = running.use(inBackground(command, folder.path, { ...process.env }));
    await part.prints(": ");
  }
  using kube = new KubeHttp(folder.join(".mapperkit", "kubeconfig"));
  const counter = new CounterDevice(kube);
  await counter.create("v1alpha2");
  await counter.setDesired("ON");
  await counter.rises();
});

/** What a terminal keeps from one command to the next. */
function withExports(commands: string, env: NodeJS.ProcessEnv): string {
  for (const [, name, value = ""] of commands.matchAll(/^export (\w+)=(.*)$/gm)) {
    env[name!] = value.replace("$PWD", env.PWD ?? "");
  }
  return commands;
}

/** The checkout as it is, seen from a folder of its own, so that the state lands there. */
function checkoutOf(source: string): ScratchFolder {
  const folder = new ScratchFolder();
  for (const name of readdirSync(source)) {
    if (name !== ".mapperkit" && name !== ".git")
      symlinkSync(resolve(source, name), folder.join(name));
  }
  return folder;
}

function inBackground(command: string, cwd: string, env: NodeJS.ProcessEnv) {
  env.PWD = cwd;
  const child = spawn("bash", ["-c", `exec ${command}`], { cwd, env, detached: true });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    prints: (expected: string) =>
      eventually("the system prints what README says", () => {
        assert.ok(fits(output, expected), output);
        return true;
      }),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((done) => child.once("exit", done));
      // The whole group: npm does not pass SIGTERM on.
      if (child.pid) process.kill(-child.pid, "SIGINT");
      await ended;
    },
  };
}

/** The tutorial says nothing of ports, so it needs the broker's usual one. */
async function portTaken(): Promise<string | false> {
  const server = createServer();
  const isTaken = await new Promise<boolean>((done) => {
    server.once("error", () => done(true));
    server.listen(1883, "127.0.0.1", () => done(false));
  });
  server.close();
  const reason = "port 1883 is taken: README's tutorial was not run";
  return isTaken && process.env.CI !== "true" ? reason : false;
}
