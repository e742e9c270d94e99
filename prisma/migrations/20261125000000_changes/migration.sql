-- Tells every process of every change of a row, whoever made it, when and only when it is committed: for any table with an id and
-- an owner. The trigger names the owner's column. A row that is given away is deleted to one and created to the other: neither
-- hears whose it was or is.
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_owner text := to_jsonb(OLD) ->> TG_ARGV[0];
  new_owner text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM notify_owner(TG_TABLE_NAME, 'CREATED', NEW.id, new_owner);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM notify_owner(TG_TABLE_NAME, 'DELETED', OLD.id, old_owner);
  ELSIF new_owner IS NOT DISTINCT FROM old_owner THEN
    PERFORM notify_owner(TG_TABLE_NAME, 'UPDATED', NEW.id, new_owner);
  ELSE
    PERFORM notify_owner(TG_TABLE_NAME, 'DELETED', OLD.id, old_owner);
    PERFORM notify_owner(TG_TABLE_NAME, 'CREATED', NEW.id, new_owner);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION notify_owner("table" text, kind text, id uuid, owner text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('changes', json_build_object('table', "table", 'kind', kind, 'id', id, 'ownerId', owner)::text)
  WHERE owner IS NOT NULL
$$;

-- These took a row of "Task", so that the table could not be dropped.
DROP TRIGGER task_changes ON "Task";
DROP FUNCTION notify_task_change();
DROP FUNCTION notify_of_task(text, "Task");

CREATE TRIGGER changes AFTER INSERT OR UPDATE OR DELETE ON "Task"
  FOR EACH ROW EXECUTE FUNCTION notify_change('ownerId');
