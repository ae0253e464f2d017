import { PolicyPack } from "@pulumi/policy";
import { noLatestImage } from "./no-latest-image";
import { requestsAndLimits } from "./requests-and-limits";

new PolicyPack("isotherm", { policies: [noLatestImage, requestsAndLimits] });
