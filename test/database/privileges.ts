/** What is wrong with the privileges in force, as sentences: compared with grants.sql, and with the rules of every table. */
import { readFileSync } from 'node:fs'
import type { TestDatabase } from '../support/database.ts'

export const runtimeRoles = ['api', 'smtp', 'console', 'deliver', 'jobs', 'vault', 'ops'] as const

/** Functions a role may execute, read from the privilege table itself. */
export function grantedFunctions(): Map<string, Set<string>> {
  const text = readFileSync(new URL('../../migrations/grants.sql', import.meta.url), 'utf8')
  const granted = new Map<string, Set<string>>(runtimeRoles.map((role) => [role, new Set()]))
  for (const [, name, role] of text.matchAll(
    /^grant execute on function postern\.(\w+) to postern_(\w+);$/gm,
  )) {
    granted.get(role ?? '')?.add(name ?? '')
  }
  return granted
}

export async function privilegeFaults(database: TestDatabase): Promise<string[]> {
  return [
    ...(await tablePrivileges(database)),
    ...(await functionRights(database)),
    ...(await rowSecurity(database)),
    ...(await functionShapes(database)),
  ]
}

async function tablePrivileges({ query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ fault: string }>(
    `select format('%s may %s %s', r.rolname, p.privilege, c.oid::regclass) as fault
       from pg_class c
       join pg_namespace s on s.oid = c.relnamespace and s.nspname in ('postern', 'private')
      cross join pg_roles r
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p(privilege)
      where c.relkind in ('r', 'p', 'v', 'm')
        and r.rolname ~ '^postern_(api|smtp|console|deliver|jobs|vault|ops)'
        and (has_table_privilege(r.oid, c.oid, p.privilege)
             or (p.privilege in ('select', 'insert', 'update', 'references')
                 and has_any_column_privilege(r.oid, c.oid, p.privilege)))`,
  )
  return rows.map((row) => row.fault)
}

async function functionRights({ query }: TestDatabase): Promise<string[]> {
  const granted = grantedFunctions()
  const rows = await query<{ role: string; name: string; schema: string }>(
    `select substr(r.rolname, 9) as role, p.proname as name, s.nspname as schema
       from pg_proc p
       join pg_namespace s on s.oid = p.pronamespace and s.nspname in ('postern', 'private')
      cross join pg_roles r
      where r.rolname in ('postern_api', 'postern_smtp', 'postern_console', 'postern_deliver', 'postern_jobs', 'postern_vault', 'postern_ops')
        and has_function_privilege(r.oid, p.oid, 'execute')`,
  )
  const faults: string[] = []
  for (const { role, name, schema } of rows) {
    const expected = schema === 'postern' && granted.get(role)?.delete(name)
    if (!expected)
      faults.push(`${role} may execute ${schema}.${name}, which grants.sql does not say`)
  }
  for (const [role, names] of granted) {
    for (const name of names)
      faults.push(`${role} may not execute ${name}, though grants.sql says so`)
  }
  return faults
}

async function rowSecurity({ query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ fault: string }>(
    `select format('%s is not under forced row security for its owner alone', c.oid::regclass) as fault
       from pg_class c
       join pg_namespace s on s.oid = c.relnamespace and s.nspname in ('postern', 'private')
      where c.relkind in ('r', 'p')
        and (not c.relrowsecurity
             or not c.relforcerowsecurity
             or (select count(*) from pg_policy p where p.polrelid = c.oid) <> 1
             or not exists (select from pg_policy p
                             where p.polrelid = c.oid
                               and p.polroles = array['postern_owner'::regrole::oid]))`,
  )
  return rows.map((row) => row.fault)
}

/** Definer functions have a pinned search_path that ends in pg_temp, and belong to the owner; nothing is open to public. */
async function functionShapes({ query }: TestDatabase): Promise<string[]> {
  const rows = await query<{ fault: string }>(
    `select format('%s has no pinned search_path or another owner', p.oid::regprocedure) as fault
       from pg_proc p
       join pg_namespace s on s.oid = p.pronamespace and s.nspname in ('postern', 'private')
      where p.proowner <> 'postern_owner'::regrole
         or (p.prosecdef
             and not coalesce('search_path=postern, private, pg_temp' = any (p.proconfig), false))
         or (s.nspname = 'postern' and not p.prosecdef)`,
  )
  return rows.map((row) => row.fault)
}
