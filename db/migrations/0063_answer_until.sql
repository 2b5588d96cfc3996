-- By hand: a message that was laid down before has had its time.
ALTER TABLE "mailbox_messages" ADD COLUMN "answer_until" timestamp with time zone DEFAULT app.now() NOT NULL;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ALTER COLUMN "answer_until" DROP DEFAULT;
