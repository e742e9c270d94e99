-- For the store that counts in one statement.
ALTER TABLE "RateLimit" ALTER COLUMN "expire" SET DATA TYPE BIGINT USING (extract(epoch FROM "expire") * 1000)::bigint;
