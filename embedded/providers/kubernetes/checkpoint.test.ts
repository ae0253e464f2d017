import { describe, expect, it } from "vitest";
import { Secret } from "../shared/values.ts";
import { checkpoint, readCheckpoint, toObject } from "./checkpoint.ts";

const bookkeeping = { initialApiVersion: "v1", fieldManager: "pulumi-kubernetes-01234567" };

describe("the state of a resource", () => {
  it("is the live object with inputs and bookkeeping beside it, without the cluster's noise", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } };
    const live = {
      ...inputs,
      metadata: {
        name: "x",
        managedFields: [{ manager: "m" }],
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      },
    };
    expect(checkpoint(inputs, live, inputs, bookkeeping)).toEqual({
      ...inputs,
      metadata: { name: "x" },
      __inputs: inputs,
      __initialApiVersion: "v1",
      __fieldManager: "pulumi-kubernetes-01234567",
    });
  });

  it("reads back into its parts", () => {
    const inputs = { kind: "Thing", spec: { "x-kubernetes-validations": [1] } };
    const live = { ...inputs, status: { ok: true } };
    const state = checkpoint(inputs, live, inputs, bookkeeping);
    expect(state["spec"]).toEqual({ x_kubernetes_validations: [1] });
    expect(readCheckpoint(state)).toEqual({ inputs, live, bookkeeping });
  });

  it("keeps the data of a Secret secret even where the program did not", () => {
    const inputs = { apiVersion: "v1", kind: "Secret", data: { a: "aGk=" } };
    const state = checkpoint(inputs, inputs, inputs, bookkeeping);
    expect(state["data"]).toEqual(new Secret({ a: "aGk=" }));
    expect(state["__inputs"]).toHaveProperty("data", new Secret({ a: "aGk=" }));
  });

  it("keeps secret in the outputs what was secret in the inputs, whole lists at a time", () => {
    const live = { spec: { token: "t", env: [{ value: "v" }], open: 1 } };
    const given = { spec: { token: new Secret("t"), env: [{ value: new Secret("v") }], open: 1 } };
    const state = checkpoint(live, live, given, bookkeeping);
    expect(state["spec"]).toEqual({
      token: new Secret("t"),
      env: new Secret([{ value: "v" }]),
      open: 1,
    });
  });

  it("opens secrets on the way to the cluster", () => {
    expect(toObject({ data: new Secret({ a: new Secret("1") }) })).toEqual({ data: { a: "1" } });
  });
});
