import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

// What the CLI runs. No test may import this file: it starts a server.
new PolicyPack("isotherm", { policies });
