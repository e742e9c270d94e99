-- Tells every process of every change of a task, whoever made it, when and only when it is committed. A task that is given
-- away is deleted to one and created to the other: neither hears whose it was or is.
CREATE FUNCTION notify_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM notify_of_task('CREATED', NEW);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM notify_of_task('DELETED', OLD);
  ELSIF NEW."ownerId" = OLD."ownerId" THEN
    PERFORM notify_of_task('UPDATED', NEW);
  ELSE
    PERFORM notify_of_task('DELETED', OLD);
    PERFORM notify_of_task('CREATED', NEW);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION notify_of_task(kind text, task "Task") RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('task_changes', json_build_object('kind', kind, 'taskId', task.id, 'ownerId', task."ownerId")::text)
$$;

CREATE TRIGGER task_changes AFTER INSERT OR UPDATE OR DELETE ON "Task"
  FOR EACH ROW EXECUTE FUNCTION notify_task_change();
