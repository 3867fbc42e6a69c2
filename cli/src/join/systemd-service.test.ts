import assert from "node:assert/strict";
import { test } from "node:test";
import { unitText } from "./systemd-service.ts";

test("the unit starts the command, whatever its folders are called", () => {
  const text = unitText(["/usr/bin/node", "/opt/my kit/$x", "--data", "/a/50%"]);
  assert.match(text, /^ExecStart=\/usr\/bin\/node "\/opt\/my kit\/\$\$x" --data "\/a\/50%%"$/m);
  assert.match(text, /^Restart=always$/m);
});
