import { Server } from "@grpc/grpc-js";
import type { AppOptions } from "../http/app.ts";
import { clientLimits } from "../http/limits.ts";
import { GrpcPort } from "./port.ts";
import { addInferenceService } from "./service.ts";

/** A connection carries this many calls at a time. */
const maxCalls = 256;

/** The port of gRPC with what it serves. */
export function grpcPort(
  options: AppOptions,
  maxConnections: number,
  onDrop: () => void,
): GrpcPort {
  const server = new Server({
    "grpc.max_receive_message_length": options.maxBodyBytes,
    "grpc.max_concurrent_streams": maxCalls,
    "grpc.max_connection_idle_ms": clientLimits.idleMs,
    // A connection that went without a word is found out.
    "grpc.keepalive_time_ms": 60_000,
  });
  addInferenceService(server, options);
  return new GrpcPort(server, { limits: clientLimits, maxConnections, onDrop });
}
