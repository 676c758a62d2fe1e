-- reads: lead_values
-- Leads that are no tests, by the channel of their first touch.
SELECT * FROM lead_values WHERE NOT is_test AND :is(channel, lead_values.channel) AND :is(campaign, lead_values.campaign)
