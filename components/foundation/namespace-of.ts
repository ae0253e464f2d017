/** Name of an environment's namespace. Apart from the component, so that commands need no Pulumi for it. */
export function namespaceOf(environment: string): string {
  return `isotherm-${environment}`;
}
