import { expect, test } from "vitest";
import { valueOf } from "../../test/mocks.ts";
import { deployedAnnotations, type Deployed } from "./deployed.ts";

const ada = { deployer: "ada", commit: "c1" };
const bob = { deployer: "bob", commit: "c2" };

async function annotations(what: Record<string, number>, now = ada, before?: Deployed) {
  const said = deployedAnnotations(what, { now, before });
  const [deployer, commit, of] = await Promise.all(Object.values(said).map(valueOf));
  return { deployer: deployer ?? "", commit: commit ?? "", of: of ?? "" };
}

test("what is new is said to be of who deploys now", async () => {
  expect(await annotations({ blue: 100 })).toMatchObject(ada);
});

test("another commit, by another person, changes nothing where what is deployed is the same", async () => {
  const first = await annotations({ blue: 100 });
  expect(await annotations({ blue: 100 }, bob, first)).toEqual(first);
});

test("what changes is said to be of who changed it", async () => {
  const first = await annotations({ blue: 100 });
  expect(await annotations({ blue: 90 }, bob, first)).toMatchObject(bob);
});
