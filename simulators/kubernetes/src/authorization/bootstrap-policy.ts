const LABEL = "kubernetes.io/bootstrapping";
const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const EVERYTHING = ["*"];

const EDITED: readonly [group: string, resources: readonly string[]][] = [
  [
    "",
    [
      "configmaps",
      "endpoints",
      "events",
      "persistentvolumeclaims",
      "pods",
      "pods/status",
      "serviceaccounts",
      "services",
      "services/status",
    ],
  ],
  ["apps", ["daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale"]],
  ["coordination.k8s.io", ["leases"]],
];
const SECRET: readonly [group: string, resources: readonly string[]] = ["", ["secrets"]];

function rule(verbs: readonly string[], group: string, resources: readonly string[]): object {
  return { apiGroups: [group], resources, verbs };
}

function clusterRole(name: string, rules: readonly object[], more: object = {}, labels = {}) {
  return {
    metadata: {
      name,
      labels: { [LABEL]: "rbac-defaults", ...labels },
      annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
    },
    rules,
    ...more,
  };
}

/** What `edit` sees is what `view` sees and more: a role with this label is part of that one. */
function aggregatedTo(name: string): Record<string, string> {
  return { [`${RBAC}/aggregate-to-${name}`]: "true" };
}

function madeOf(name: string): object {
  return { aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregatedTo(name) }] } };
}

/** The roles that every cluster has, as far as what is served here knows their resources. */
export const BOOTSTRAP_ROLES: readonly object[] = [
  clusterRole("cluster-admin", [
    rule(EVERYTHING, "*", EVERYTHING),
    { nonResourceURLs: EVERYTHING, verbs: EVERYTHING },
  ]),
  clusterRole("admin", [], madeOf("admin")),
  clusterRole("edit", [], madeOf("edit"), aggregatedTo("admin")),
  clusterRole("view", [], madeOf("view"), aggregatedTo("edit")),
  clusterRole(
    "system:aggregate-to-admin",
    [
      rule([...READ, ...WRITE], RBAC, ["rolebindings", "roles"]),
      rule(["create"], "authorization.k8s.io", ["localsubjectaccessreviews"]),
    ],
    {},
    aggregatedTo("admin"),
  ),
  clusterRole(
    "system:aggregate-to-edit",
    [
      ...EDITED.map(([group, resources]) => rule(WRITE, group, resources)),
      rule([...READ, ...WRITE], ...SECRET),
      rule(["create"], "", ["serviceaccounts/token"]),
      rule(["impersonate"], "", ["serviceaccounts"]),
    ],
    {},
    aggregatedTo("edit"),
  ),
  clusterRole(
    "system:aggregate-to-view",
    [
      ...EDITED.map(([group, resources]) => rule(READ, group, resources)),
      rule(READ, "", ["limitranges", "namespaces", "resourcequotas"]),
      rule(READ, "events.k8s.io", ["events"]),
    ],
    {},
    aggregatedTo("view"),
  ),
  clusterRole("system:basic-user", [
    rule(["create"], "authorization.k8s.io", [
      "selfsubjectaccessreviews",
      "selfsubjectrulesreviews",
    ]),
    rule(["create"], "authentication.k8s.io", ["selfsubjectreviews"]),
  ]),
  clusterRole("system:discovery", [
    {
      nonResourceURLs: [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ],
      verbs: ["get"],
    },
  ]),
  clusterRole("system:auth-delegator", [
    rule(["create"], "authentication.k8s.io", ["tokenreviews"]),
    rule(["create"], "authorization.k8s.io", ["subjectaccessreviews"]),
  ]),
  clusterRole("system:service-account-issuer-discovery", [
    {
      nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"],
      verbs: ["get"],
    },
  ]),
];

/** Who has them without being asked. */
export const BOOTSTRAP_BINDINGS: readonly object[] = [
  ["cluster-admin", "system:masters"],
  ["system:basic-user", "system:authenticated"],
  ["system:discovery", "system:authenticated"],
  ["system:service-account-issuer-discovery", "system:serviceaccounts"],
].map(([name = "", group]) => ({
  ...clusterRole(name, []),
  rules: undefined,
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
  subjects: [{ apiGroup: RBAC, kind: "Group", name: group }],
}));
