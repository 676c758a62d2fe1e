SELECT m.root, s.purpose, s.channel, s.at, s.given FROM consents s JOIN card_members m ON m.id = s.customer_id
