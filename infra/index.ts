import * as pulumi from "@pulumi/pulumi";
import { declareCluster } from "./cluster-stack.ts";
import { readConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import { clusterTarget } from "./targets/cluster.ts";

const config = readConfig();
const target = clusterTarget(config.target, config.images);

const cluster = config.role === "cluster" ? declareCluster(config, target) : undefined;
if (config.role === "environment") await target.requireGatewayClass(config.gateway.class);
const environment =
  config.role === "environment" ? declareEnvironment(config, target, pulumi.getStack()) : undefined;

// Of a cluster
export const gatewayClass = cluster?.gatewayClass;

// Of an environment
export const namespace = environment?.namespace;
export const gateway = environment?.gateway;
export const models = environment?.models;
export const apiKey = environment?.apiKey;
export const registry = environment?.registry;

// Of both, in cores
export const requestedCpu = cluster?.requestedCpu ?? environment?.requestedCpu;
