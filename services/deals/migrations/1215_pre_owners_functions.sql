-- migrate:up

-- What is done as the owner, services and limited callers may do: voronka_service is a member of voronka_limited.
REVOKE EXECUTE ON FUNCTION deals_of_person(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION deals_of_person(uuid) TO voronka_limited;

-- migrate:down

REVOKE EXECUTE ON FUNCTION deals_of_person(uuid) FROM voronka_limited;
GRANT EXECUTE ON FUNCTION deals_of_person(uuid) TO PUBLIC;
