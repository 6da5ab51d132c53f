"""The Content-Security-Policy of pages."""

# Everything comes from here; nothing runs that stands in a page itself.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
