import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";

/** What a provider may tell the user through the engine. */
export interface EngineLog {
  /** A line that stays: shown below the resource at the end. */
  info(urn: string, message: string): void;
  warning(urn: string, message: string): void;
  /** The status beside the resource while it is worked on; "" clears it. */
  status(urn: string, message: string): void;
  statusWarning(urn: string, message: string): void;
}

/** A log for tests and for plugins started by hand: nobody listens. */
export const silentLog: EngineLog = {
  info() {},
  warning() {},
  status() {},
  statusWarning() {},
};

/** Talks to the engine at `address`; a line that cannot be delivered is dropped, never an error. */
export function engineLog(address: string): EngineLog {
  const { INFO, WARNING } = engineProto.LogSeverity;
  const client = new engineServices.EngineClient(address, grpc.credentials.createInsecure());
  const send = (severity: typeof INFO | typeof WARNING, ephemeral: boolean) => {
    return (urn: string, message: string): void => {
      const request = new engineProto.LogRequest();
      request.setSeverity(severity);
      request.setUrn(urn);
      request.setMessage(message);
      request.setEphemeral(ephemeral);
      client.log(request, () => {});
    };
  };
  return {
    info: send(INFO, false),
    warning: send(WARNING, false),
    status: send(INFO, true),
    statusWarning: send(WARNING, true),
  };
}
