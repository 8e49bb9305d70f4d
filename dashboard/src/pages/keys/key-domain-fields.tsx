import { useQuery } from '@tanstack/react-query'
import { answerQuery } from '../../api/queries.ts'
import type { ListDomainsAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { Checkbox } from '../../ui/field.tsx'

/** Nothing where the account has no domain, or the person may not see them. */
export function KeyDomainFields({
  chosen,
  onChange,
}: {
  chosen: readonly string[]
  onChange: (chosen: readonly string[]) => void
}) {
  const may = useMay()
  const { data } = useQuery({
    ...answerQuery<ListDomainsAnswer>('/domains', { limit: 100 }),
    enabled: may('domains:read'),
  })
  const domains = data?.data ?? []
  if (domains.length === 0) return null
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 font-medium">Only from these domains</legend>
      <div className="grid max-h-48 gap-x-6 gap-y-2 overflow-y-auto sm:grid-cols-2">
        {domains.map(({ id, name }) => (
          <Checkbox
            key={id}
            label={<span className="break-all">{name}</span>}
            checked={chosen.includes(id)}
            onChange={(event) =>
              onChange(
                event.target.checked ? [...chosen, id] : chosen.filter((other) => other !== id),
              )
            }
          />
        ))}
      </div>
      <p className="text-[0.8125rem] text-ink-soft">None chosen: all of the account.</p>
    </fieldset>
  )
}
