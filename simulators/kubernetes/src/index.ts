export { createKubernetes, type Kubernetes, type KubernetesPorts } from "./kubernetes.ts";
export { type KubernetesConfig, kubernetesConfig } from "./kubernetes-config.ts";
export { type StartedKubernetes, type StartOptions, startKubernetes } from "./start-kubernetes.ts";
export { resetStore } from "./store/index.ts";
