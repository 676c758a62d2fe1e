-- The same roles and databases for a PostgreSQL of your own (14 and later; 18 is what we run on): as an administrator,
--   psql -v leads=… -v deals=… -v automation=… -v analytics=… -v owners=… -f roles.sql
-- with a password for each service and one for the owners.
-- The administrator need not be a superuser: CREATEROLE and CREATEDB are enough, which is what managed ones give. From 16
-- on PostgreSQL lets him make databases for the owners if he may become them.
SELECT set_config('createrole_self_grant', 'set, inherit', false) WHERE current_setting('server_version_num')::int >= 160000;
CREATE ROLE voronka_limited NOLOGIN;
CREATE ROLE voronka_service NOLOGIN IN ROLE voronka_limited;

CREATE ROLE voronka_leads_owner LOGIN PASSWORD :'owners';
CREATE ROLE voronka_deals_owner LOGIN PASSWORD :'owners';
CREATE ROLE voronka_automation_owner LOGIN PASSWORD :'owners';
-- Member of voronka_service, because builds of projections belong to it, and only owners can dump what policies hold.
CREATE ROLE voronka_analytics_owner LOGIN PASSWORD :'owners' CREATEROLE IN ROLE voronka_service;

CREATE ROLE voronka_leads LOGIN PASSWORD :'leads' IN ROLE voronka_service;
CREATE ROLE voronka_deals LOGIN PASSWORD :'deals' IN ROLE voronka_service;
CREATE ROLE voronka_automation LOGIN PASSWORD :'automation' IN ROLE voronka_service;
CREATE ROLE voronka_analytics LOGIN PASSWORD :'analytics' IN ROLE voronka_service;

CREATE DATABASE voronka_leads OWNER voronka_leads_owner;
CREATE DATABASE voronka_deals OWNER voronka_deals_owner;
CREATE DATABASE voronka_automation OWNER voronka_automation_owner;
CREATE DATABASE voronka_analytics OWNER voronka_analytics_owner;

REVOKE CONNECT, TEMPORARY ON DATABASE voronka_leads FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE voronka_deals FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE voronka_automation FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE voronka_analytics FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE voronka_leads TO voronka_leads;
GRANT CONNECT, TEMPORARY ON DATABASE voronka_deals TO voronka_deals;
GRANT CONNECT, TEMPORARY ON DATABASE voronka_automation TO voronka_automation;
GRANT CONNECT, TEMPORARY ON DATABASE voronka_analytics TO voronka_analytics;
-- A BI reader: CREATE ROLE voronka_bi LOGIN PASSWORD …; GRANT CONNECT ON DATABASE voronka_analytics TO voronka_bi; and in
-- voronka_analytics CALL bi_admit('voronka_bi', '*'), see docs/bi.md.
