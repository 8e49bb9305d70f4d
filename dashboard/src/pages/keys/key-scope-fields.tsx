import { type KeyScope, keyScopes, keyScopeWords } from '../../lib/key-scopes.ts'
import { Checkbox } from '../../ui/field.tsx'

/** Nobody gives a key more than they may do themselves, so the rest is not offered. */
export function KeyScopeFields({
  own,
  chosen,
  onChange,
}: {
  own: readonly string[]
  chosen: readonly KeyScope[]
  onChange: (chosen: readonly KeyScope[]) => void
}) {
  return (
    <fieldset className="grid gap-3 rounded-xl border border-line px-4 py-3 sm:grid-cols-2">
      <legend className="px-1 font-medium">Scopes</legend>
      {keyScopes
        .filter((scope) => own.includes(scope))
        .map((scope) => (
          <Checkbox
            key={scope}
            label={keyScopeWords[scope]}
            hint={<code className="font-mono text-xs">{scope}</code>}
            checked={chosen.includes(scope)}
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? [...chosen, scope]
                  : chosen.filter((other) => other !== scope),
              )
            }
          />
        ))}
    </fieldset>
  )
}
