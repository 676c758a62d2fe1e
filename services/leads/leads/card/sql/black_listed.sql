-- Which of these cards ($1: any member) are black-listed.
SELECT g.asked FROM unnest($1::uuid[]) AS g(asked) WHERE is_blacklisted(g.asked)
