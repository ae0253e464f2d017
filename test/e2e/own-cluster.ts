// Plays the user's own cluster: a bare embedded one in a home of its own, with nothing of the platform in it but the
// images, as after `minikube image load`. What runs it names the home by ISOTHERM_HOME.
import { withHomeLock } from "../../embedded/home.ts";
import { platformStages } from "../../embedded/platform.ts";

const stages = platformStages([], () => undefined).filter(({ title }) =>
  ["Cluster", "Images"].includes(title),
);
await withHomeLock("own cluster", async () => {
  for (const { title, work } of stages) {
    const began = performance.now();
    const done = await work((message) => console.error(message));
    console.error(`${title}: ${done} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
  }
});
