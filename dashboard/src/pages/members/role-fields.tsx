/** A role, explained by what it may do; `custom` is chosen scope by scope. */
import { Check } from 'lucide-react'
import type { ListRolesAnswer } from '../../api/types.ts'
import { Checkbox, SelectField } from '../../ui/field.tsx'

export type Role = ListRolesAnswer['roles'][number]['role']
export type Scope = ListRolesAnswer['scopes'][number]['scope']

export interface ChosenRole {
  role: Role
  /** Of `custom` only. */
  scopes: readonly Scope[]
}

/** As the console takes it. */
export function roleBody({ role, scopes }: ChosenRole): { role: Role; scopes?: Scope[] } {
  return role === 'custom' ? { role, scopes: [...scopes] } : { role }
}

export function roleName(role: string): string {
  return `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`
}

export function RoleFields({
  known,
  chosen,
  onChange,
  error,
}: {
  known: ListRolesAnswer
  chosen: ChosenRole
  onChange: (chosen: ChosenRole) => void
  error: string | undefined
}) {
  const { role, scopes } = chosen
  const own = known.roles.find((one) => one.role === role)
  const toggle = (scope: Scope) =>
    onChange({
      role,
      scopes: scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope],
    })
  return (
    <div className="grid gap-4">
      <SelectField
        label="Role"
        value={role}
        hint={own?.summary}
        choices={known.roles.map(({ role: value }) => ({ value, label: roleName(value) }))}
        error={error}
        onChange={
          ({ target }) => onChange({ role: target.value as Role, scopes }) // the choices are roles
        }
      />
      {role === 'custom' ? (
        <fieldset className="grid gap-3">
          <legend className="mb-2 font-medium">What it may do</legend>
          {known.scopes.map(({ scope, summary }) => (
            <Checkbox
              key={scope}
              label={summary}
              hint={<code className="font-mono">{scope}</code>}
              checked={scopes.includes(scope)}
              onChange={() => toggle(scope)}
            />
          ))}
        </fieldset>
      ) : (
        <ul aria-label={`What ${roleName(role)} may do`} className="grid gap-1.5 text-ink-soft">
          {known.scopes
            .filter(({ scope }) => own?.scopes.includes(scope))
            .map(({ scope, summary }) => (
              <li key={scope} className="flex items-start gap-2">
                <Check className="mt-0.5 size-4 shrink-0 text-good" aria-hidden />
                {summary}
              </li>
            ))}
        </ul>
      )}
    </div>
  )
}
