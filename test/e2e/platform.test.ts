import { expect, test } from "vitest";
import { withoutPlatform } from "./platform.ts";

test("commands of the end-to-end story see no backend, home or kubeconfig of the shell that starts it", () => {
  const shell = {
    PATH: "/bin",
    XDG_CACHE_HOME: "/cache",
    ISOTHERM_SUBNETS: "172.30,10.250,10.112",
    ISOTHERM_KEEP_GO_CACHE: "1",
  };
  const leaks = {
    ISOTHERM_HOME: "/mine/.isotherm",
    ISOTHERM_ENV_OF: "/mine/.isotherm",
    PULUMI_BACKEND_URL: "file:///mine/.isotherm/state",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/mine/.isotherm/passphrase",
    PULUMI_ACCESS_TOKEN: "t",
    KUBECONFIG: "/mine/.isotherm/kubeconfig",
    UNSET: undefined,
  };
  expect(withoutPlatform({ ...shell, ...leaks })).toEqual(shell);
});
