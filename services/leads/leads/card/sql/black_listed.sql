-- Which of these cards ($1: any member) are black-listed: of all members of the tree the latest decision counts.
WITH RECURSIVE tree AS (
  SELECT g.asked, root_of(g.asked) AS member FROM unnest($1::uuid[]) AS g(asked)
  UNION
  SELECT t.asked, c.id FROM tree t JOIN customers c ON c.merged_into = t.member
)
SELECT asked FROM (
  SELECT DISTINCT ON (t.asked) t.asked, b.listed
    FROM tree t JOIN black_list b ON b.customer_id = t.member ORDER BY t.asked, b.decided_at DESC
) latest WHERE listed
