import { expect, test } from "vitest";
import { kubeConfigList, usersChoices, withoutPlatform } from "./environment.ts";

const ofOther = {
  ISOTHERM_ENV_OF: "/other/.isotherm",
  PULUMI_HOME: "/other/.isotherm/pulumi",
  PULUMI_BACKEND_URL: "file:///other/.isotherm/state",
  PULUMI_CONFIG_PASSPHRASE_FILE: "/other/.isotherm/passphrase",
  PATH: "/other/.isotherm/bin:/bin",
};

test("in a shell of another checkout's environment, its backend and passphrase are not the user's choice", () => {
  const choices = usersChoices(ofOther, "/own/.isotherm");
  expect(Object.keys(choices)).toEqual(["ISOTHERM_ENV_OF", "PATH"]);
});

test("in a shell of this checkout's environment, they stay", () => {
  expect(usersChoices(ofOther, "/other/.isotherm")).toEqual(ofOther);
});

test("a backend and a passphrase that the user chose stay everywhere", () => {
  const chosen = {
    PULUMI_BACKEND_URL: "s3://bucket",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/home/me/passphrase",
  };
  expect(usersChoices(chosen, "/own/.isotherm")).toEqual(chosen);
  expect(
    usersChoices({ ...chosen, ISOTHERM_ENV_OF: "/other/.isotherm" }, "/own/.isotherm"),
  ).toMatchObject(chosen);
});

test("the kubeconfig of another checkout's cluster is not the user's either, beside files that are", () => {
  const KUBECONFIG = "/other/.isotherm/kubeconfig:/home/me/prod.yaml";
  expect(usersChoices({ ...ofOther, KUBECONFIG }, "/own/.isotherm")["KUBECONFIG"]).toBe(
    "/home/me/prod.yaml",
  );
  const alone = { ...ofOther, KUBECONFIG: "/other/.isotherm/kubeconfig" };
  expect(usersChoices(alone, "/own/.isotherm")).not.toHaveProperty("KUBECONFIG");
});

test("the shell finds this machine's cluster first, and the user's contexts after it, each file once", () => {
  const own = "/own/.isotherm/kubeconfig";
  expect(kubeConfigList(own, "/home/me/prod.yaml:/home/me/staging.yaml")).toBe(
    `${own}:/home/me/prod.yaml:/home/me/staging.yaml`,
  );
  expect(kubeConfigList(own, `${own}:/home/me/prod.yaml`)).toBe(`${own}:/home/me/prod.yaml`);
  expect(kubeConfigList(own)).toBe(own);
});

test("a command in a clone sees no backend, home or kubeconfig of the shell that starts it", () => {
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
