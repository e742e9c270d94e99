-- Tells every process of a mail that is to be sent, when and only when it is committed.
CREATE FUNCTION notify_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('mails', '');
  RETURN NULL;
END $$;

CREATE TRIGGER to_send AFTER INSERT ON "Mail" FOR EACH STATEMENT EXECUTE FUNCTION notify_mail();
