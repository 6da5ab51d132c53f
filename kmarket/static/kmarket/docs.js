// The page of the API: everything it shows is in the document that it loads.
const docs = document.getElementById("docs");

SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.schema,
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  persistAuthorization: true,
  // Nothing is sent to anybody else.
  validatorUrl: null,
});
