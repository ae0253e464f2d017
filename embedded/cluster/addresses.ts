/** First parts of the three address ranges of an instance. */
export interface AddressBases {
  /** Two octets of the link between host and node: `172.31` gives 172.31.<k>.0/24. */
  readonly node: string;
  /** Two octets of the pod network: `10.244` gives 10.244.<k>.0/24. */
  readonly pod: string;
  /** Two octets of the first service network: `10.96` gives 10.<96+k>.0.0/16. */
  readonly service: string;
}

/** Every address of instance `index`. */
export interface AddressPlan {
  readonly index: number;
  readonly hostInterface: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
  readonly nodeSubnet: string;
  readonly podSubnet: string;
  readonly podGateway: string;
  readonly serviceSubnet: string;
  readonly apiServiceAddress: string;
  readonly dnsAddress: string;
  /** URL of the API server, from the host and from pods. */
  readonly apiServer: string;
}

export const instanceIndexes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
export const basesVariable = "ISOTHERM_SUBNETS";
const defaultBases: AddressBases = { node: "172.31", pod: "10.244", service: "10.96" };

/**
 * Reads `node,pod,service` (for example `172.30,10.250,10.112`), two octets each; the defaults where unset.
 * Throws where the text is not three pairs of octets or the service range has no room for ten instances.
 */
export function parseBases(text: string | undefined): AddressBases {
  if (text === undefined || text === "") return defaultBases;
  const [node, pod, service, ...rest] = text.split(",").map((part) => part.trim());
  const isPair = (pair: string | undefined): pair is string =>
    pair !== undefined &&
    /^\d{1,3}\.\d{1,3}$/.test(pair) &&
    pair.split(".").every((octet) => Number(octet) <= 255);
  if (!isPair(node) || !isPair(pod) || !isPair(service) || rest.length > 0) {
    throw new Error(
      `${basesVariable}=${text}: want three pairs of octets (node, pods, services), like 172.30,10.250,10.112`,
    );
  }
  if (Number(service.split(".")[1]) + instanceIndexes.length > 256) {
    throw new Error(`${basesVariable}=${text}: the second octet of services must be at most 246`);
  }
  return { node, pod, service };
}

export function addressPlan(index: number, bases: AddressBases = defaultBases): AddressPlan {
  const [first, second] = bases.service.split(".").map(Number);
  const service = `${first ?? 10}.${(second ?? 96) + index}`;
  const nodeAddress = `${bases.node}.${index}.2`;
  return {
    index,
    hostInterface: `isotherm${index}`,
    hostAddress: `${bases.node}.${index}.1`,
    nodeAddress,
    nodeSubnet: `${bases.node}.${index}.0/24`,
    podSubnet: `${bases.pod}.${index}.0/24`,
    podGateway: `${bases.pod}.${index}.1`,
    serviceSubnet: `${service}.0.0/16`,
    apiServiceAddress: `${service}.0.1`,
    dnsAddress: `${service}.0.10`,
    apiServer: `https://${nodeAddress}:6443`,
  };
}

/** A route of the host: destination (`default`, address or CIDR) and interface. */
export interface HostRoute {
  readonly destination: string;
  readonly device: string;
}

/** What of the host's routes and addresses stands in the way of a plan; undefined where nothing does. */
export function findClash(plan: AddressPlan, routes: readonly HostRoute[]): string | undefined {
  for (const subnet of [plan.nodeSubnet, plan.podSubnet, plan.serviceSubnet]) {
    const taken = routes.find(
      (route) =>
        route.device !== plan.hostInterface &&
        route.destination !== "default" &&
        route.destination !== "0.0.0.0/0" &&
        overlaps(route.destination, subnet),
    );
    if (taken) return `${subnet} overlaps ${taken.destination} on ${taken.device}`;
  }
  return undefined;
}

/** Whether two IPv4 ranges (address or CIDR) share an address. */
export function overlaps(left: string, right: string): boolean {
  const a = range(left);
  const b = range(right);
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

function range(cidr: string): { first: number; last: number } | undefined {
  const [address = "", prefix = "32"] = cidr.split("/");
  const octets = address.split(".").map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet >= 0 && octet <= 255))) {
    return undefined;
  }
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - Number(prefix));
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}
