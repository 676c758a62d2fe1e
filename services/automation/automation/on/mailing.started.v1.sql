UPDATE mailings m SET state = 'sending', revision = b.version
  FROM batch b WHERE m.mailing_id = b.stream_id AND m.revision < b.version
