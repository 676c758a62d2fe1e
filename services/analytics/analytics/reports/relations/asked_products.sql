-- kept
-- reads: asking_deals, deal_products
-- Deals of those who asked, by the products on their lines.
SELECT DISTINCT d.*, p.product_id::text AS product FROM asking_deals d JOIN deal_products p USING (deal_id)
