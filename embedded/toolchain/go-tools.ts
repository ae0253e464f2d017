import { versions } from "../versions.ts";

/** A program built from Go modules. Its go.mod and go.sum lie in `go/<name>/` and pin every dependency. */
export interface GoTool {
  version: string;
  /** Package to build; "." is the main.go that lies beside the go.mod. */
  package: string;
  /** Variables set in the program at link time, so that it knows its own version. */
  variables: Readonly<Record<string, string>>;
  /** Free disk that a build from nothing takes on its way, in bytes: modules and build cache. */
  disk: number;
  /** Folder of a dependency that is kept beside the binary under `share/`: module path and folder in it. */
  share?: { module: string; folder: string };
}

const kubernetesVersion = `v${versions.kubernetes}`;
const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const gigabyte = 1e9;

export const goTools = {
  kube: {
    version: versions.kubernetes,
    package: ".",
    variables: {
      "k8s.io/component-base/version.gitVersion": kubernetesVersion,
      "k8s.io/component-base/version.gitMajor": "1",
      "k8s.io/component-base/version.gitMinor": versions.kubernetes.split(".")[1] ?? "",
      "k8s.io/client-go/pkg/version.gitVersion": kubernetesVersion,
    },
    disk: 4 * gigabyte,
  },
  pulumi: {
    version: versions.pulumi,
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    variables: { [pulumiVersion]: `v${versions.pulumi}` },
    disk: 4 * gigabyte,
  },
  "pulumi-language-nodejs": {
    version: versions.languageHost,
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    variables: { [pulumiVersion]: `v${versions.languageHost}` },
    disk: gigabyte,
  },
  coredns: {
    version: versions.coredns,
    package: "github.com/coredns/coredns",
    variables: {},
    disk: 3 * gigabyte,
  },
  versitygw: {
    version: versions.versitygw,
    package: "github.com/versity/versitygw/cmd/versitygw",
    variables: {},
    disk: 2 * gigabyte,
  },
  "local-path-provisioner": {
    version: versions.localPath,
    package: "github.com/rancher/local-path-provisioner",
    variables: { "main.VERSION": `v${versions.localPath}` },
    disk: 2 * gigabyte,
  },
  "metrics-server": {
    version: versions.metricsServer,
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    variables: { "k8s.io/client-go/pkg/version.gitVersion": `v${versions.metricsServer}` },
    disk: 3 * gigabyte,
  },
  "envoy-gateway": {
    version: versions.envoyGateway,
    package: "github.com/envoyproxy/gateway/cmd/envoy-gateway",
    variables: {},
    disk: 5 * gigabyte,
    share: { module: "github.com/envoyproxy/gateway", folder: "charts/gateway-helm" },
  },
} as const satisfies Record<string, GoTool>;

export type GoToolName = keyof typeof goTools;

/** The linker flags of a tool: no symbol tables, and the variables it asks for. */
export function linkerFlags(tool: GoTool): string {
  const variables = Object.entries(tool.variables).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...variables].join(" ");
}
