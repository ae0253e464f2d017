import type { RequestHandler } from "express";
import type { AppOptions } from "../app.ts";
import { openApiDocument } from "./document.ts";
import { docsPage, docsScript } from "./page.ts";

/** `/openapi.json` as of now: it changes with what is served. */
export function openApiRoute({ models, maxRows }: AppOptions): RequestHandler {
  return (_request, response) => void response.json(openApiDocument(models.served, maxRows));
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'";

export const docsRoute: RequestHandler = (_request, response) => {
  response.setHeader("content-security-policy", policy);
  response.type("html").send(docsPage);
};

export const docsScriptRoute: RequestHandler = (_request, response) => {
  response.type("text/javascript").send(docsScript);
};
