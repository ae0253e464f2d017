// The policy runner loads `main` by `require`, through ts-node where it is TypeScript. From here on Node strips the types,
// as everywhere else, so that the pack shares the judge in contracts/ with the program.
import "./pack.ts";
