SELECT code, prefix, last FROM invoice_series ORDER BY code
