import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { RawSocket } from "./testing/raw-socket.ts";
import { StorePerTest } from "./testing/store-per-test.ts";

/** How many connections a server takes; what its clients may do with them is in `hostile.test.ts` and `port.test.ts`. */
const place = new StorePerTest();

it.each([
  ["port", "ISOTHERM_MAX_CONNECTIONS"],
  ["grpcPort", "ISOTHERM_MAX_GRPC_CONNECTIONS"],
] as const)(
  "S-01 on its %s never more than %s, and counts what is over",
  async (kind, variable) => {
    const server = await place.start([], { variables: { [variable]: "2" } });
    const url = await server.url(kind);
    const sockets: RawSocket[] = [];
    for (let count = 0; count < 5; count++) sockets.push(await RawSocket.open(url));
    while (sockets.filter(({ isClosed }) => isClosed).length < 3) await pause(10);
    expect(sockets.map(({ isClosed }) => isClosed)).toEqual([false, false, true, true, true]);
    expect(await server.metrics()).toMatch(
      /model_errors_total\{[^}]*error_type="too-many-connections"[^}]*\} 3/,
    );
    for (const socket of sockets) socket.destroy();
  },
);
