-- AlterEnum
ALTER TYPE "SessionEnd" ADD VALUE 'TOO_MANY';

-- CreateIndex
CREATE INDEX "Session_userId_endedAt_idx" ON "Session"("userId", "endedAt");
