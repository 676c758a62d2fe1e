SELECT s.stage, count(*) AS n FROM participants p JOIN participants_stages s ON s.participation_id = p.id
 WHERE p.event_id = $1 GROUP BY 1
