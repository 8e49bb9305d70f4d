import { useQuery } from '@tanstack/react-query'
import { answerQuery, faultOf } from '../../api/queries.ts'
import type { CreateKeyBody, ListDomainsAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { Checkbox, SelectField, TextArea, TextField } from '../../ui/field.tsx'

/** As they stand in the form; empty restricts nothing. */
export interface KeyLimits {
  domainId: string
  networks: string
  hourlyMax: string
  endsOn: string
  streams: readonly Stream[]
  holds: boolean
  forgetsContent: boolean
  canary: boolean
}

type Stream = NonNullable<CreateKeyBody['streams']>[number]

export const noLimits: KeyLimits = {
  domainId: '',
  networks: '',
  hourlyMax: '',
  endsOn: '',
  streams: [],
  holds: false,
  forgetsContent: false,
  canary: false,
}

const streams: [Stream, string][] = [
  ['urgent', 'Urgent'],
  ['transactional', 'Transactional'],
  ['bulk', 'Bulk'],
]

/** What the console is asked for; a day ends at midnight here. */
export function limitsOf(limits: KeyLimits, onlySends: boolean): Partial<CreateKeyBody> {
  const networks = limits.networks.split(/[\s,]+/).filter((network) => network !== '')
  const { domainId, hourlyMax, endsOn, holds, forgetsContent, canary } = limits
  return {
    ...(onlySends && domainId !== '' && { domain_id: domainId }),
    ...(networks.length > 0 && { source_cidrs: networks }),
    ...(hourlyMax.trim() !== '' && { hourly_max: Number(hourlyMax) }),
    ...(endsOn !== '' && { expires_at: new Date(`${endsOn}T23:59:59`).toISOString() }),
    ...(limits.streams.length > 0 && { streams: [...limits.streams] }),
    ...(holds && { holds }),
    ...(forgetsContent && { keeps_content: false }),
    ...(canary && { canary }),
  }
}

interface Props {
  limits: KeyLimits
  onChange: (limits: KeyLimits) => void
  onlySends: boolean
  error: unknown
}

export function KeyLimitFields({ limits, onChange, onlySends, error }: Props) {
  const set = (changed: Partial<KeyLimits>) => onChange({ ...limits, ...changed })
  return (
    <details className="rounded-xl border border-line px-4 py-3">
      <summary className="cursor-pointer font-medium">Restrict it further</summary>
      <div className="mt-4 grid gap-4">
        {onlySends && (
          <DomainField value={limits.domainId} onChange={(id) => set({ domainId: id })} />
        )}
        <TextArea
          label="Networks"
          isOptional
          isMono
          rows={2}
          placeholder="203.0.113.0/24"
          hint="From elsewhere the key is as good as unknown. One in each line; IPv4 or IPv6."
          value={limits.networks}
          onChange={(event) => set({ networks: event.target.value })}
          error={faultOf(error, 'source_cidrs')}
          spellCheck={false}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Recipients an hour"
            isOptional
            inputMode="numeric"
            hint="At most; more are refused."
            value={limits.hourlyMax}
            onChange={(event) => set({ hourlyMax: event.target.value })}
            error={faultOf(error, 'hourly_max')}
          />
          <TextField
            label="Last day"
            isOptional
            type="date"
            hint="It ends by itself after that."
            value={limits.endsOn}
            onChange={(event) => set({ endsOn: event.target.value })}
            error={faultOf(error, 'expires_at')}
          />
        </div>
        <StreamFields chosen={limits.streams} onChange={(chosen) => set({ streams: chosen })} />
        <Checkbox
          label="What it sends waits for a release"
          hint="Somebody looks at it first."
          checked={limits.holds}
          onChange={(event) => set({ holds: event.target.checked })}
        />
        <Checkbox
          label="Forget content once it is delivered"
          checked={limits.forgetsContent}
          onChange={(event) => set({ forgetsContent: event.target.checked })}
        />
        <Checkbox
          label="Canary"
          hint="A decoy to leave where a thief would look: it opens nothing, and its use is an alarm to the owners."
          checked={limits.canary}
          onChange={(event) => set({ canary: event.target.checked })}
        />
      </div>
    </details>
  )
}

function StreamFields({
  chosen,
  onChange,
}: {
  chosen: readonly Stream[]
  onChange: (chosen: readonly Stream[]) => void
}) {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 font-medium">Only these streams</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {streams.map(([stream, label]) => (
          <Checkbox
            key={stream}
            label={label}
            checked={chosen.includes(stream)}
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? [...chosen, stream]
                  : chosen.filter((other) => other !== stream),
              )
            }
          />
        ))}
      </div>
      <p className="text-[0.8125rem] text-ink-soft">None chosen: all of them.</p>
    </fieldset>
  )
}

function DomainField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const may = useMay()
  const { data } = useQuery({
    ...answerQuery<ListDomainsAnswer>('/domains', { limit: 100 }),
    enabled: may('domains:read'),
  })
  const domains = data?.data ?? []
  if (domains.length === 0) return null
  return (
    <SelectField
      label="Domain"
      value={value}
      choices={[
        { value: '', label: 'All domains of the account' },
        ...domains.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
