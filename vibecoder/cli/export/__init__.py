"""`vibecoder export`: one module a form."""
