SELECT uidvalidity, uid FROM mailbox_places WHERE mailbox = $1
