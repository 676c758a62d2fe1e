-- Codes of products, where they were told.
SELECT product_id, code FROM :schema.products WHERE code IS NOT NULL
