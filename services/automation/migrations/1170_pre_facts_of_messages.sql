-- migrate:up

-- What became of a message is a fact too. Whoever fitted before fits now, so nothing that stands there is looked at.
ALTER TABLE facts DROP CONSTRAINT facts_subject_check;
ALTER TABLE facts ADD CONSTRAINT facts_subject_check CHECK (subject IN ('customer', 'deal', 'lead', 'message')) NOT VALID;

-- migrate:down

DELETE FROM facts WHERE subject = 'message';
ALTER TABLE facts DROP CONSTRAINT facts_subject_check;
ALTER TABLE facts ADD CONSTRAINT facts_subject_check CHECK (subject IN ('customer', 'deal', 'lead'));
