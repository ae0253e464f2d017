import express from "express";
import { infer, port, route } from "./model.ts";

/** A model behind express as most people write it. */
const app = express();
app.use(express.json());
app.get("/v2/health/ready", (_request, response) => void response.json({ ready: true }));
app.post(route, async (request, response) => {
  response.json(await infer(request.body as never));
});
app.listen(port, "127.0.0.1");
