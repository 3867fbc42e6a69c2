import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { edgeCoreConfig } from "@mapperkit/edgecore";
import { printUser } from "./mqtt-user.ts";

function streams() {
  const said = { out: [] as string[], err: [] as string[] };
  const out = (text: string) => void said.out.push(text);
  const err = (text: string) => void said.err.push(text);
  return { said, out, err };
}

/** A terminal on which somebody types each of the lines when asked. */
function terminal(...lines: string[]) {
  const input = new PassThrough();
  const raw: boolean[] = [];
  const setRawMode = (isRaw: boolean) => {
    raw.push(isRaw);
    if (isRaw) setImmediate(() => input.write(lines.shift() ?? ""));
  };
  return { input: Object.assign(input, { isTTY: true, setRawMode }), raw };
}

test("a password from a pipe becomes a line that the edge's configuration takes", async () => {
  const { said, ...to } = streams();
  const input = new PassThrough();
  input.end("s3cret word\n");
  await printUser("lamp", to, input);
  const user = JSON.parse(said.out.join("\n"));
  assert.deepEqual(Object.keys(user), ["name", "passwordHash"]);
  assert.doesNotMatch(user.passwordHash, /s3cret/);
  const mqtt = { users: [user] };
  const config = edgeCoreConfig.parse({ dataDir: "x", cloud: { url: "ws://127.0.0.1:1" }, mqtt });
  assert.equal(config.mqtt.users?.[0]?.name, "lamp");
  assert.deepEqual(said.err, []);
});

test("at a terminal it is asked for twice and not shown; a wrong key can be taken back", async () => {
  const { said, ...to } = streams();
  const { input, raw } = terminal("sex\u007fcret\r", "secret\r");
  await printUser(undefined, to, input);
  assert.deepEqual(said.err, ["Password:", "Again:"]);
  assert.match(said.out.join(), /^\$scrypt\$ln=14/);
  assert.deepEqual(raw, [true, false, true, false]);
});

const refused: [typed: string[], message: RegExp][] = [
  [["one\r", "two\r"], /not the same/],
  [["\r"], /password is empty/],
  [["half\u0003"], /broken off/],
];
for (const [typed, message] of refused) {
  test(`refused: ${JSON.stringify(typed)}`, async () => {
    const { said, ...to } = streams();
    const { input, raw } = terminal(...typed);
    await assert.rejects(printUser("lamp", to, input), message);
    assert.deepEqual(said.out, []);
    assert.equal(raw.at(-1), false, "the terminal is as it was");
  });
}
