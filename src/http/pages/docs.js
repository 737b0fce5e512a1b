"use strict";
SwaggerUIBundle({
  dom_id: "#console",
  url: "/openapi.json",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
