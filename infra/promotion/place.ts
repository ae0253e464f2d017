import type { Mlflow } from "../../contracts/mlflow.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";

/** A registry and its object store, as far as a release is read from them: nothing here can change anything. */
export interface SourcePlace {
  environment: string;
  mlflow: Pick<Mlflow, "modelVersions" | "getRun" | "downloadArtifact">;
  objects: Pick<ObjectStore, "get" | "list">;
  bucket: string;
}

/** A registry and its object store, to which releases are copied. */
export interface TargetPlace {
  environment: string;
  mlflow: Mlflow;
  objects: Pick<ObjectStore, "get" | "has" | "list" | "putOnce">;
  bucket: string;
}
