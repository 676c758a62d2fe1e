-- The newest secret ($1: whose) signs until $2 beside the one that comes; those before it are forgotten.
WITH newest AS (
  SELECT max(number) AS number FROM webhook_secrets WHERE code = $1
), forgotten AS (
  DELETE FROM webhook_secrets WHERE code = $1 AND number < (SELECT number FROM newest)
)
UPDATE webhook_secrets SET expires_at = $2 WHERE code = $1 AND number = (SELECT number FROM newest)
