/** What a subaccount may use, each at most what this account may. */
import { faultOf } from '../../api/queries.ts'
import type { ListSubaccountsAnswer } from '../../api/types.ts'
import { wholeText } from '../../lib/numbers.ts'
import { TextField } from '../../ui/field.tsx'

export type Limits = ListSubaccountsAnswer['limits']
/** As they are typed; an empty quota is none. */
export type TypedLimits = Record<keyof Limits, string>

export function typedLimits(limits: Limits): TypedLimits {
  const text = (value: number | null) => (value === null ? '' : String(value))
  return {
    requests_per_second: text(limits.requests_per_second),
    daily_quota: text(limits.daily_quota),
    domains: text(limits.domains),
    keys: text(limits.keys),
  }
}

/** The console says what is wrong with a number; what is none goes there as it is not, and is named too. */
export function limitsBody(typed: TypedLimits): Limits {
  return {
    requests_per_second: Number(typed.requests_per_second),
    daily_quota: typed.daily_quota.trim() === '' ? null : Number(typed.daily_quota),
    domains: Number(typed.domains),
    keys: Number(typed.keys),
  }
}

const names = {
  daily_quota: 'Recipients a day',
  requests_per_second: 'Requests a second',
  domains: 'Domains',
  keys: 'API keys',
} as const

export function LimitFields({
  typed,
  most,
  onChange,
  error,
}: {
  typed: TypedLimits
  most: Limits
  onChange: (typed: TypedLimits) => void
  error: Error | null
}) {
  const kinds = Object.keys(names) as (keyof typeof names)[] // the object has exactly these keys
  return (
    <fieldset className="grid items-start gap-4 sm:grid-cols-2">
      <legend className="mb-3 font-medium">Limits</legend>
      {kinds.map((kind) => (
        <TextField
          key={kind}
          label={names[kind]}
          hint={hintOf(kind, most[kind])}
          type="number"
          inputMode="numeric"
          min={kind === 'requests_per_second' ? 1 : 0}
          value={typed[kind]}
          onChange={({ target }) => onChange({ ...typed, [kind]: target.value })}
          error={faultOf(error, kind) ?? faultOf(error, `limits.${kind}`)}
          autoComplete="off"
        />
      ))}
    </fieldset>
  )
}

function hintOf(kind: keyof Limits, most: number | null): string {
  if (most === null) return 'Leave it empty for no limit.'
  const words = `At most ${wholeText(most)}, as this account.`
  return kind === 'daily_quota' ? `${words} Of it alone, not shared.` : words
}

/** What is wrong with the form as a whole, where no field is named. */
export function formFault(error: Error | null, ...fields: string[]): string | undefined {
  const named = [...Object.keys(names).flatMap((kind) => [kind, `limits.${kind}`]), ...fields]
  const isNamed = named.some((field) => faultOf(error, field) !== undefined)
  return isNamed ? undefined : error?.message
}
