import assert from "node:assert/strict";
import { test } from "node:test";
import { Kubectl, whyNoKubectl } from "./kubectl.ts";
import { TestServer } from "./test-server.ts";

const skip = whyNoKubectl();

const CREATIONS: [args: string, out: string][] = [
  ["create ns t", "namespace/t created"],
  ["create cm c --from-literal=a=b -n t", "configmap/c created"],
  ["create secret generic s --from-literal=p=q -n t", "secret/s created"],
  ["create sa bot -n t", "serviceaccount/bot created"],
  ["create quota q --hard=pods=3 -n t", "resourcequota/q created"],
  ["create service clusterip v --tcp=80:http -n t", "service/v created"],
  ["create role r --verb=get --resource=pods -n t", "role.rbac.authorization.k8s.io/r created"],
  [
    "create rolebinding b --role=r --serviceaccount=t:bot -n t",
    "rolebinding.rbac.authorization.k8s.io/b created",
  ],
  [
    "create clusterrole r --verb=get --resource=nodes",
    "clusterrole.rbac.authorization.k8s.io/r created",
  ],
  [
    "create clusterrolebinding b --clusterrole=r --user=u",
    "clusterrolebinding.rbac.authorization.k8s.io/b created",
  ],
  ["auth can-i create devices", "yes"],
];

// kubectl sends these in protobuf since 1.32, in JSON before.
test("kubectl makes the objects it has commands for", { skip }, async () => {
  await using server = await TestServer.start();
  await using kubectl = await Kubectl.create(server.kubernetes.kubeconfigFile);
  const k = async (args: string) => {
    const { code, out, err } = await kubectl.run(args.split(" "));
    assert.equal(code, 0, `kubectl ${args}: ${err}`);
    return out.trim();
  };
  for (const [args, out] of CREATIONS) assert.equal(await k(args), out);
  assert.equal(await k("get secret s -n t -o jsonpath={.data.p}"), "cQ==");
  assert.equal(await k("get svc v -n t -o jsonpath={.spec.ports[0].targetPort}"), "http");
  const who = await kubectl.run(["auth", "whoami"]);
  // Before 1.28 kubectl asks for a beta version that no cluster of today serves.
  assert.match(who.out + who.err, /Username +kubernetes-admin|API is not enabled/);
  const token = await k("create token bot -n t --duration=20m");
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  assert.equal(claims.exp - claims.iat, 1200);
  const bot = "--as=system:serviceaccount:t:bot";
  assert.equal(await k(`auth can-i get pods -n t ${bot}`), "yes");
  const no = await kubectl.run(["auth", "can-i", "get", "secrets", "-n", "t", bot]);
  assert.equal(no.out, "no\n");
  const refused = await kubectl.run(["get", "secrets", "-n", "t", bot]);
  assert.match(
    refused.err,
    /^Error from server \(Forbidden\): secrets is forbidden: User "system:serviceaccount:t:bot" cannot list/,
  );
});
