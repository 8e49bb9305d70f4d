-- The roles of one installation. Applied by the administrator before anything else; safe to run again.
-- In every file here `postern_` stands for the installation's prefix, so that two may share a server.
do $$
declare
  name text;
begin
  if not exists (select from pg_roles where rolname = 'postern_owner') then
    create role postern_owner nologin;
  end if;
  foreach name in array array['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'ops'] loop
    if not exists (select from pg_roles where rolname = 'postern_' || name) then
      execute format('create role %I nologin', 'postern_' || name);
    end if;
    -- Two logins a role: a rotation brings in one while the other still works.
    if not exists (select from pg_roles where rolname = 'postern_' || name || '_a') then
      execute format('create role %I login connection limit 40 in role %I',
                     'postern_' || name || '_a', 'postern_' || name);
    end if;
    if not exists (select from pg_roles where rolname = 'postern_' || name || '_b') then
      execute format('create role %I login connection limit 40 in role %I',
                     'postern_' || name || '_b', 'postern_' || name);
    end if;
  end loop;
  execute format('grant postern_owner to %I', current_user);
  execute format('grant create, connect on database %I to postern_owner', current_database());
end
$$;
