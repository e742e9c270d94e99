-- CreateTable
CREATE TABLE "Revocation" (
    "id" BIGSERIAL NOT NULL,
    "subjectId" UUID NOT NULL,
    "rightsVersion" INTEGER,
    "transaction" BIGINT NOT NULL,
    "notedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Revocation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Revocation_transaction_idx" ON "Revocation"("transaction");

-- CreateIndex
CREATE INDEX "Revocation_notedAt_idx" ON "Revocation"("notedAt");

-- Whoever ends a session or changes a user's rights, plain SQL too, it is noted here with the database's own clock and the number
-- of the transaction, by which a reader finds what was committed late.
CREATE FUNCTION note_revocation(subject uuid, version integer) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "Revocation" ("subjectId", "rightsVersion", "transaction", "notedAt")
  VALUES (subject, version, pg_current_xact_id()::text::bigint, clock_timestamp())
$$;

-- What was ended and changed so far: an access token may live for a day.
SELECT note_revocation("id", NULL) FROM "Session" WHERE "endedAt" > now() - interval '2 days';
SELECT note_revocation("id", "rightsVersion") FROM "User" WHERE "rightsChangedAt" > now() - interval '2 days';

-- DropIndex
DROP INDEX "User_rightsChangedAt_idx";

-- AlterTable
ALTER TABLE "User" DROP COLUMN "rightsChangedAt";

-- AlterTable
ALTER TABLE "Session" ADD COLUMN     "refreshableFrom" INTEGER NOT NULL DEFAULT 0;

CREATE FUNCTION note_ended_session() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM note_revocation(OLD.id, NULL);
  RETURN NULL;
END $$;

CREATE TRIGGER ended AFTER UPDATE ON "Session"
  FOR EACH ROW WHEN (OLD."endedAt" IS NULL AND NEW."endedAt" IS NOT NULL) EXECUTE FUNCTION note_ended_session();

-- One that is long past its time is only forgotten.
CREATE TRIGGER deleted AFTER DELETE ON "Session"
  FOR EACH ROW WHEN (OLD."endedAt" IS NULL AND OLD."idleExpiresAt" > now() - interval '1 day')
  EXECUTE FUNCTION note_ended_session();

-- The foreign key takes the user from the session when the account is deleted: nothing in it says any more whose it was.
CREATE FUNCTION end_session_of_nobody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."endedAt" IS NULL THEN
    NEW."endedAt" := clock_timestamp();
    NEW."endReason" := 'DELETED';
  END IF;
  NEW."userAgent" := NULL;
  NEW."ipAddress" := NULL;
  RETURN NEW;
END $$;

CREATE TRIGGER of_nobody BEFORE UPDATE ON "Session"
  FOR EACH ROW WHEN (OLD."userId" IS NOT NULL AND NEW."userId" IS NULL) EXECUTE FUNCTION end_session_of_nobody();

-- Each change is a version of its own. Whoever is disabled has no session any more, also once they are enabled again.
CREATE FUNCTION change_rights() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW."rightsVersion" := OLD."rightsVersion" + 1;
  PERFORM note_revocation(NEW.id, NEW."rightsVersion");
  IF NEW.disabled THEN
    UPDATE "Session" SET "endedAt" = clock_timestamp(), "endReason" = 'DISABLED'
    WHERE "userId" = NEW.id AND "endedAt" IS NULL;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER rights BEFORE UPDATE ON "User"
  FOR EACH ROW WHEN ((OLD.role, OLD.disabled) IS DISTINCT FROM (NEW.role, NEW.disabled))
  EXECUTE FUNCTION change_rights();
