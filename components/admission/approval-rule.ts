import {
  approval,
  approvedName,
  deployerRole,
  guardedNames,
  heldPrefix,
} from "../../contracts/admission.ts";
import { holdPrefix } from "../../contracts/hold.ts";
import { cel, type AdmissionRule } from "./rule.ts";

const may = (verb: string) =>
  `authorizer.group(${cel(approval.group)}).resource(${cel(approval.resource)})` +
  `.namespace(request.namespace).check(${cel(verb)}).allowed()`;
const { approve, hold } = approval.verbs;

const name = "(request.operation == 'DELETE' ? oldObject : object).metadata.name";
const dataOf = (object: "object" | "oldObject") => `(has(${object}.data) ? ${object}.data : {})`;

/**
 * What says what may be served (the list, records of admitted releases, configurations of servers, holds) is written by those
 * who may approve releases. Those who may hold releases put holds as well, and do not lift them.
 */
export const approvalRule: AdmissionRule = {
  name: "isotherm-approvals",
  apiGroup: "",
  resources: ["configmaps"],
  operations: ["CREATE", "UPDATE", "DELETE"],
  conditions: [{ name: "is-guarded", expression: `${name}.matches(${cel(guardedNames)})` }],
  byList: false,
  variables: [
    {
      name: "isNewHold",
      expression: `request.operation == 'CREATE' && ${name}.startsWith(${cel(holdPrefix)})`,
    },
    {
      // Nothing but marks of holds is new, and all that was there is there: to take a mark away is to lift a hold.
      name: "isNewMark",
      expression:
        `request.operation == 'UPDATE' && ${name} == ${cel(approvedName)} && ` +
        `${dataOf("oldObject")}.all(key, key in ${dataOf("object")} && ` +
        `object.data[key] == oldObject.data[key]) && ` +
        `${dataOf("object")}.all(key, key.startsWith(${cel(heldPrefix)}) || key in ${dataOf("oldObject")})`,
    },
    {
      // Whoever might delete it has: what is left is the garbage collector's, which takes its finalizer off.
      name: "isLeaving",
      expression:
        "request.operation == 'UPDATE' && has(oldObject.metadata.deletionTimestamp) && " +
        `${dataOf("object")} == ${dataOf("oldObject")}`,
    },
  ],
  validations: [
    {
      expression:
        // Kubernetes clears a namespace that goes.
        `has(namespaceObject.metadata.deletionTimestamp) || variables.isLeaving || ${may(approve)} || ` +
        `((variables.isNewHold || variables.isNewMark) && ${may(hold)})`,
      messageExpression:
        `request.userInfo.username + ' may not write ' + ${name} + ', which says what may be served: ' + ` +
        "'change the stack file and have it deployed, or have ClusterRole " +
        `${deployerRole} bound to you in namespace ' + request.namespace`,
    },
    {
      expression:
        "!variables.isNewHold || " +
        `${dataOf("object")}[?'by'].orValue('') == request.userInfo.username`,
      messageExpression: "'a hold says who put it: data.by must be ' + request.userInfo.username",
    },
  ],
};
