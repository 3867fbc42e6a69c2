/** Groups of Kubernetes itself whose Go package is not `io.k8s.api.{first label}`. */
const PACKAGES: Readonly<Record<string, string>> = {
  "": "io.k8s.api.core",
  "apiextensions.k8s.io": "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
};

/** The component of a kind: `com.example.demo.v1.Widget`, `io.k8s.api.core.v1.ConfigMap`. */
export function componentName(group: string, version: string, kind: string): string {
  return `${packageOf(group)}.${version}.${kind}`;
}

function packageOf(group: string): string {
  const known = Object.hasOwn(PACKAGES, group) ? PACKAGES[group] : undefined;
  if (known) return known;
  const labels = group.split(".");
  if (labels.length === 1 || group.endsWith(".k8s.io")) return `io.k8s.api.${labels[0]}`;
  return labels.reverse().join(".");
}
