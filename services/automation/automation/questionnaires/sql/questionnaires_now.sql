SELECT DISTINCT ON (questionnaire) questionnaire AS id, version, definition FROM questionnaires ORDER BY questionnaire, version DESC
