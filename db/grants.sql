-- What the two logins may do. `:web` and `:worker` are replaced by quoted role names; run after every migration.
GRANT USAGE ON SCHEMA public, app TO :web, :worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :web, :worker;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :web, :worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO :web, :worker;
-- Whether the tables are those that this build knows.
GRANT USAGE ON SCHEMA drizzle TO :web, :worker;
GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO :web, :worker;
-- Evidence and audit are never rewritten.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_events FROM :web, :worker;
REVOKE UPDATE, DELETE, TRUNCATE ON record_events FROM :web, :worker;
REVOKE UPDATE, DELETE, TRUNCATE ON corrections FROM :web, :worker;
REVOKE DELETE ON posting_calls, posting_attempts, conversations FROM :web, :worker;
-- Made in a package for us and shared by all that name it: no undo takes it away.
REVOKE DELETE, TRUNCATE ON package_helpers FROM :web, :worker;
-- Only the worker moves the one clock, and sends.
REVOKE INSERT, UPDATE, DELETE ON clock, server_start FROM :web;
