SELECT c.id AS root, c.segment AS value FROM customers c WHERE c.merged_into IS NULL
