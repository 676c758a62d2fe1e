SELECT ARRAY(SELECT sequence FROM sequences) AS sequences,
       ARRAY(SELECT DISTINCT questionnaire FROM questionnaires) AS questionnaires,
       ARRAY(SELECT code FROM webhook_endpoints WHERE state <> 'removed') AS endpoints
