import { heldPrefix } from "../../contracts/admission.ts";
import { headers, keys } from "../../contracts/names.ts";
import { cel, stackFile, wayIn, type AdmissionRule } from "./rule.ts";

const isForOneSlot =
  "has(rule.matches) && size(rule.matches) > 0 && rule.matches.all(match, has(match.headers) && " +
  `match.headers.exists(header, header.name.lowerAscii() == ${cel(headers.routeSlot)}))`;

const isLabelled = (object: "object" | "oldObject") =>
  `has(${object}.metadata.labels) && ${cel(keys.model)} in ${object}.metadata.labels`;

/** Names of the Services that get requests and of which something holds, a list for each rule of the route. */
const servicesOf = (holds: string) =>
  "variables.rules.map(rule, (has(rule.backendRefs) ? rule.backendRefs : []).filter(ref, " +
  `(!has(ref.weight) || ref.weight > 0) && ${holds}).map(ref, ref.name))`;

/**
 * Requests go to slots with an approved release that is not on hold, by weights that sum to 100 (SPEC N-02). A rule that asks
 * for the header of a slot leads there whatever its weight, and shares nothing out.
 */
export const routeRule: AdmissionRule = {
  name: "isotherm-routes",
  apiGroup: "gateway.networking.k8s.io",
  resources: ["httproutes", "grpcroutes"],
  operations: ["CREATE", "UPDATE"],
  // A route that is deleted is let go by writing it once more, when the list may have its slots no more.
  conditions: [
    {
      name: "is-not-let-go",
      expression:
        "request.operation == 'CREATE' || !has(oldObject.metadata.deletionTimestamp) || " +
        "object.spec != oldObject.spec",
    },
  ],
  byList: true,
  variables: [
    {
      // Of other routes, only what leads to a slot is asked: people may have some of their own here.
      name: "isOurs",
      expression: isLabelled("object"),
    },
    {
      name: "wasOurs",
      expression: `request.operation == 'UPDATE' && ${isLabelled("oldObject")}`,
    },
    {
      name: "rules",
      expression: `(has(object.spec.rules) ? object.spec.rules : []).filter(rule, !(${isForOneSlot}))`,
    },
    {
      name: "unapproved",
      expression: servicesOf(
        "(variables.isOurs || ref.name.matches('-(blue|green|shadow)$')) && !(ref.name in variables.list)",
      ),
    },
    {
      // One for each rule. What has no weight has the Gateway API's default.
      name: "sums",
      expression:
        "variables.rules.map(rule, (has(rule.backendRefs) ? rule.backendRefs : [])" +
        ".map(ref, has(ref.weight) ? ref.weight : 1).sum())",
    },
    {
      name: "held",
      expression: servicesOf(
        "ref.name in variables.list && " +
          `(${cel(heldPrefix)} + variables.list[ref.name].substring(0, 12)) in variables.list`,
      ),
    },
  ],
  validations: [
    {
      expression: "variables.unapproved.all(names, size(names) == 0)",
      messageExpression:
        "variables.unapproved.filter(names, size(names) > 0)[0][0] + " +
        `' has no release that this environment approved, so it gets no requests: ' + ${wayIn}`,
    },
    {
      expression: "variables.held.all(names, size(names) == 0)",
      messageExpression:
        "'the release of ' + variables.held.filter(names, size(names) > 0)[0][0] + " +
        "' is on hold, so it gets no requests: send them to the other slot, " +
        "or lift the hold with `npm run hold`'",
    },
    {
      expression: "!variables.isOurs || variables.sums.all(total, total == 100)",
      messageExpression:
        "'the weights of ' + object.metadata.name + ' sum to ' + " +
        "string(variables.sums.filter(total, total != 100)[0]) + ', must be 100: change them in ' + " +
        stackFile,
    },
    {
      expression: "variables.isOurs || !variables.wasOurs",
      messageExpression:
        `'the label ${keys.model} of ' + object.metadata.name + ` +
        "' stays: it has the weights of a model asked for their sum'",
    },
  ],
};
