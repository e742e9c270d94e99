-- Whoever gives a user another email, plain SQL too: nobody has shown yet that the mailbox is theirs.
CREATE FUNCTION email_unconfirmed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."emailVerifiedAt" := NULL;
  RETURN NEW;
END $$;

-- Its name comes before that of the next, which is to see what it did.
CREATE TRIGGER email_unconfirmed BEFORE UPDATE ON "User"
  FOR EACH ROW WHEN (OLD.email <> NEW.email) EXECUTE FUNCTION email_unconfirmed();

-- Whether somebody has shown it is a right, of which a token tells.
DROP TRIGGER rights ON "User";
CREATE TRIGGER rights BEFORE UPDATE ON "User"
  FOR EACH ROW WHEN ((OLD.role, OLD.disabled, OLD."emailVerifiedAt" IS NULL)
    IS DISTINCT FROM (NEW.role, NEW.disabled, NEW."emailVerifiedAt" IS NULL))
  EXECUTE FUNCTION change_rights();

-- A link in a mail is for the account as it was. Not that which undoes a change of the email: whoever has taken the account over
-- will change the password next, and the owner is to get it back all the same.
CREATE FUNCTION forget_tokens(whose uuid) RETURNS void LANGUAGE sql AS $$
  DELETE FROM "OneTimeToken" WHERE "userId" = whose AND purpose <> 'UNDO_EMAIL_CHANGE'
$$;

CREATE FUNCTION forget_tokens_of_email() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM forget_tokens(NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER email_changed AFTER UPDATE ON "User"
  FOR EACH ROW WHEN (OLD.email <> NEW.email) EXECUTE FUNCTION forget_tokens_of_email();

CREATE FUNCTION forget_tokens_of_password() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM forget_tokens(COALESCE(NEW."userId", OLD."userId"));
  RETURN NULL;
END $$;

CREATE TRIGGER password_changed AFTER INSERT OR UPDATE OR DELETE ON "Password"
  FOR EACH ROW EXECUTE FUNCTION forget_tokens_of_password();
