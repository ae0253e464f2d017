/** The docs page: reads the document from this server, and nothing from anywhere else. */
export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Model server</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
summary { cursor: pointer; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.875rem; }
pre { overflow: auto; padding: 1rem; background: color-mix(in srgb, currentColor 8%, transparent); }
b { display: inline-block; min-width: 4rem; }
</style>
<h1>Model server</h1>
<p>OpenAPI document: <a href="openapi.json">openapi.json</a>. Key, where one is asked for:
<input id="key" type="password" autocomplete="off"> <button id="load">Load</button></p>
<main id="operations"></main>
<script src="docs.js"></script>
</html>
`;

/** The page's script, apart from it so that no inline script need be allowed. */
export const docsScript = `const place = document.getElementById("operations");
const element = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });
async function load() {
  const key = document.getElementById("key").value;
  const answer = await fetch("openapi.json", { headers: key === "" ? {} : { "x-api-key": key } });
  const body = await answer.json();
  place.replaceChildren();
  if (!answer.ok) return place.append(element("p", body.error));
  for (const [path, methods] of Object.entries(body.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const details = element("details");
      const summary = element("summary");
      summary.append(element("b", method.toUpperCase()), element("code", path), " " + operation.summary);
      details.append(summary, element("pre", JSON.stringify(operation, null, 2)));
      place.append(details);
    }
  }
}
document.getElementById("load").addEventListener("click", load);
load();
`;
