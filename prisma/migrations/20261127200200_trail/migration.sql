-- CreateEnum
CREATE TYPE "Outcome" AS ENUM ('SUCCEEDED', 'FAILED');

-- CreateTable
CREATE TABLE "SecurityEvent" (
    "id" UUID NOT NULL,
    "event" TEXT NOT NULL,
    "outcome" "Outcome" NOT NULL,
    "userId" UUID,
    "byId" UUID,
    "occurredAt" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT,
    "userAgent" TEXT,
    "requestId" UUID,
    "sessionId" UUID,
    "detail" TEXT,

    CONSTRAINT "SecurityEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SecurityEvent_userId_occurredAt_id_idx" ON "SecurityEvent"("userId", "occurredAt", "id");

-- CreateIndex
CREATE INDEX "SecurityEvent_event_occurredAt_id_idx" ON "SecurityEvent"("event", "occurredAt", "id");

-- CreateIndex
CREATE INDEX "SecurityEvent_occurredAt_id_idx" ON "SecurityEvent"("occurredAt", "id");

-- What was noted stays as it was noted, for whoever may write to the table as well. Only pruning takes away, and says so.
CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' OR current_setting('latchkey.pruning', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'Security events are only ever added.';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "SecurityEvent"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail();

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "mailsNewNetwork" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "mailsRoleChanged" BOOLEAN NOT NULL DEFAULT true;
