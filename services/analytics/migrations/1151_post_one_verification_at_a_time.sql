-- migrate:up

-- A slice may wait while another comparison runs; verifications_one_of_each_running has taken its place.
DROP INDEX verifications_one_running;

-- migrate:down
