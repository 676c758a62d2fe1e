INSERT INTO mailbox_places AS m (mailbox, uidvalidity, uid) VALUES ($1, $2, $3)
ON CONFLICT (mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid
 WHERE m.uidvalidity <> excluded.uidvalidity OR m.uid < excluded.uid
