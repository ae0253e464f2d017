import { keys } from "../../contracts/names.ts";
import { cel, wayIn, type AdmissionRule } from "./rule.ts";

const hasLabels = "has(object.spec.template.metadata) && has(object.spec.template.metadata.labels)";
const label = (key: string) => `object.spec.template.metadata.labels[?${cel(key)}].orValue('')`;

const releaseOf = (object: "object" | "oldObject") =>
  `(has(${object}.metadata.annotations) ? ` +
  `${object}.metadata.annotations[?${cel(keys.release)}].orValue('') : '')`;

/** Names of the ConfigMaps that a server reads its configuration from, in a list. */
const configsOf = (object: "object" | "oldObject") =>
  `(has(${object}.spec.template.spec.volumes) ? ${object}.spec.template.spec.volumes : [])` +
  ".filter(volume, volume.name == 'config' && has(volume.configMap)).map(volume, volume.configMap.name)";

/**
 * The servers of a slot load the release that is approved for it. It is asked where the release changes, and not of what
 * controllers, autoscalers and `kubectl rollout restart` write.
 */
export const slotRule: AdmissionRule = {
  name: "isotherm-slots",
  apiGroup: "apps",
  resources: ["deployments"],
  operations: ["CREATE", "UPDATE"],
  conditions: [
    {
      name: "is-a-slot",
      expression: `${hasLabels} && ${label(keys.slot)} in ['blue', 'green']`,
    },
    {
      name: "changes-its-release",
      expression:
        `request.operation == 'CREATE' || ${releaseOf("object")} != ${releaseOf("oldObject")} || ` +
        `${configsOf("object")} != ${configsOf("oldObject")}`,
    },
  ],
  byList: true,
  // A new environment's registry is made of Deployments too. Its slots get no requests: routes do need the list.
  withoutList: "Allow",
  variables: [
    { name: "slot", expression: `${label(keys.model)} + '-' + ${label(keys.slot)}` },
    { name: "approved", expression: "variables.list[?variables.slot].orValue('')" },
  ],
  validations: [
    {
      expression: "object.metadata.name == variables.slot",
      messageExpression:
        "'pods with the labels of ' + variables.slot + ' get its requests: only the Deployment of that name makes them'",
    },
    {
      expression: `variables.approved != '' && ${releaseOf("object")} == variables.approved`,
      messageExpression:
        `'release ' + ${releaseOf("object")} + ' is not the one that this environment approved for ' + ` +
        `variables.slot + ': ' + ${wayIn}`,
    },
    {
      expression:
        `variables.approved == '' || ${configsOf("object")}.all(name, ` +
        "name.startsWith(variables.slot + '-' + variables.approved.substring(0, 12) + '-'))",
      messageExpression:
        "'the servers of ' + variables.slot + ' would read the configuration of another release than the one that " +
        `this environment approved for it: ' + ${wayIn}`,
    },
  ],
};
