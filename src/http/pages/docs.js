"use strict";

// The console shows the document as it is served, with three things changed that matter only to someone who tries it here.
function forTrying(document_, tenant) {
  // It asks the service that it came from, under whatever name; its policy forbids any other.
  document_.servers = [{ url: window.location.origin, description: "This service." }];
  for (const item of Object.values(document_.paths)) {
    for (const operation of Object.values(item)) {
      for (const parameter of operation.parameters ?? []) {
        const isTenant = parameter.name === "tenantId" || parameter.name.toLowerCase() === "x-tenant-id";
        if (isTenant && tenant) {
          // The example is of a tenant that is not there.
          parameter.example = tenant;
        } else if (!parameter.required) {
          // An example is filled in and sent, which nobody wants of what may be left out, such as Last-Event-ID.
          delete parameter.example;
          delete parameter.examples;
        } else if (parameter.name.toLowerCase() === "idempotency-key") {
          parameter.example = `console-${Date.now()}`;
        }
      }
    }
  }
  return document_;
}

async function start() {
  const console_ = window.document.getElementById("console");
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`/openapi.json answers ${answer.status}`);
  SwaggerUIBundle({
    dom_id: "#console",
    spec: forTrying(await answer.json(), console_.dataset.tenant),
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  });
}

start().catch((error) => {
  window.document.getElementById("console").textContent = `The console cannot start: ${error.message}`;
});
