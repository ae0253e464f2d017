import { buckets } from "../../contracts/names.ts";
import type { TargetPlace } from "../../infra/promotion/place.ts";
import { withObjects } from "./objects.ts";
import { withRegistry } from "./registry.ts";

/** Works on an environment's registry and object store from outside its cluster. */
export function withPlace<T>(
  environment: string,
  namespace: string,
  work: (place: TargetPlace) => Promise<T>,
): Promise<T> {
  return withRegistry(environment, namespace, (mlflow) =>
    withObjects(environment, namespace, (objects) =>
      work({ environment, mlflow, objects, bucket: buckets.releases }),
    ),
  );
}
