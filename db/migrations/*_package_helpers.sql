--> statement-breakpoint
ALTER TABLE "package_helpers" FORCE ROW LEVEL SECURITY;
