import type { Change, ChangedObject } from "../../../contracts/ledger.ts";
import { keys } from "../../../contracts/names.ts";
import { describeAdmission, describeHold } from "./describe/config-maps.ts";
import { describeSlot } from "./describe/deployments.ts";
import type { Described } from "./describe/described.ts";
import { describeTraining } from "./describe/jobs.ts";
import { describeTraffic } from "./describe/routes.ts";
import type { SeenObject } from "./seen-object.ts";

/** A sort of object that is looked at. */
export interface Watched {
  kind: ChangedObject["kind"];
  change: Change["kind"];
  group: string;
  version: string;
  plural: string;
  labelSelector?: string;
  describe: (object: SeenObject) => Described;
}

/** In the order in which things come about, so that a first look reads like a story. */
export const watched: readonly Watched[] = [
  {
    kind: "Job",
    change: "training",
    group: "batch",
    version: "v1",
    plural: "jobs",
    labelSelector: "app.kubernetes.io/component=training",
    describe: describeTraining,
  },
  {
    kind: "ConfigMap",
    change: "admission",
    group: "",
    version: "v1",
    plural: "configmaps",
    // A hold names its release as well.
    labelSelector: `${keys.release},!${keys.hold}`,
    describe: describeAdmission,
  },
  {
    kind: "ConfigMap",
    change: "hold",
    group: "",
    version: "v1",
    plural: "configmaps",
    labelSelector: keys.hold,
    describe: describeHold,
  },
  {
    kind: "Deployment",
    change: "slot",
    group: "apps",
    version: "v1",
    plural: "deployments",
    labelSelector: `${keys.model},${keys.slot}`,
    describe: describeSlot,
  },
  {
    kind: "HTTPRoute",
    change: "traffic",
    group: "gateway.networking.k8s.io",
    version: "v1",
    plural: "httproutes",
    // Without a label as well: a route that leads elsewhere is what somebody would not label.
    describe: describeTraffic,
  },
  {
    kind: "GRPCRoute",
    change: "traffic",
    group: "gateway.networking.k8s.io",
    version: "v1",
    plural: "grpcroutes",
    describe: describeTraffic,
  },
];
