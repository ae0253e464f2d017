import { createServer } from "node:http";
import { infer, port } from "./model.ts";

/** A model on node:http with nothing around it: the bound that no server on Node can pass. */
createServer((request, response) => {
  if (request.method === "GET") {
    response.end("{}");
    return;
  }
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void infer(JSON.parse(Buffer.concat(chunks).toString()) as never).then((answer) => {
      const text = JSON.stringify(answer);
      response.setHeader("content-type", "application/json");
      response.setHeader("content-length", Buffer.byteLength(text));
      response.end(text);
    });
  });
}).listen(port, "127.0.0.1");
