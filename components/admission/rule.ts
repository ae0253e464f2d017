import { keys } from "../../contracts/names.ts";

/** What must hold, in CEL. */
export interface Validation {
  expression: string;
  /** CEL that makes the sentence that people read where it does not. */
  messageExpression: string;
}

/** A rule of the cluster's admission, before it is one of Kubernetes' objects. */
export interface AdmissionRule {
  name: string;
  apiGroup: string;
  resources: string[];
  operations: ("CREATE" | "UPDATE" | "DELETE")[];
  /** Which of these objects it is about, in CEL. @default all */
  conditions?: { name: string; expression: string }[];
  /** Whether they are judged by the environment's list of approved releases: `variables.list`, Service -> digest. */
  byList: boolean;
  /**
   * What holds where there is no list yet. Kubernetes asks for the list before the conditions: what must be there before
   * the list can be, such as the registry, would wait for it for ever.
   * @default Deny
   */
  withoutList?: "Allow" | "Deny";
  variables?: { name: string; expression: string }[];
  validations: Validation[];
}

/** A text of CEL. */
export function cel(text: string): string {
  return `'${text}'`;
}

const environment = `namespaceObject.metadata.labels[${cel(keys.environment)}]`;

/** CEL of the environment's stack file. */
export const stackFile = `'stacks/Pulumi.' + ${environment} + '.yaml'`;

/** CEL of how a release gets onto the list, in words. */
export const wayIn =
  `'name it in ' + ${stackFile} + ' and run ` + "`pulumi up --stack ' + " + `${environment} + '\`'`;
