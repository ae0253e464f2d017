import { expect, it } from "vitest";
import { RawSocket } from "./testing/raw-socket.ts";
import { StorePerTest } from "./testing/store-per-test.ts";

/** How many connections a server takes; what its clients may do with them is in `hostile.test.ts` and `port.test.ts`. */
const place = new StorePerTest();

it("S-01 takes no more connections of HTTP and of gRPC than it is told, and counts what is over", async () => {
  const variables = { ISOTHERM_MAX_CONNECTIONS: "2", ISOTHERM_MAX_GRPC_CONNECTIONS: "2" };
  const server = await place.start([], { variables });
  for (const [kind, count] of [["port", 3] as const, ["grpcPort", 6] as const]) {
    const url = await server.url(kind);
    const sockets = await Promise.all(Array.from({ length: 5 }, () => RawSocket.open(url)));
    const closed = () => sockets.filter(({ isClosed }) => isClosed).length;
    await server.until(() => (closed() >= 3 ? true : undefined));
    expect(await server.metrics()).toMatch(
      new RegExp(
        `model_errors_total\\{[^}]*error_type="too-many-connections"[^}]*\\} ${count}$`,
        "m",
      ),
    );
    for (const socket of sockets) socket.destroy();
  }
});
