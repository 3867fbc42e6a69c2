/** How to reach one Kubernetes API server, and as whom. Files are already read; all texts are PEM. */
export interface KubeAccess {
  /** Base URL, without a slash at the end. */
  readonly server: string;
  /** The context's namespace, `default` when it names none. */
  readonly namespace: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  /** The name expected in the server's certificate, when it is not the URL's host. */
  readonly serverName?: string;
  readonly insecureSkipTlsVerify: boolean;
}
