import { faultOf } from '../../api/queries.ts'
import type { CreateKeyBody } from '../../api/types.ts'
import { Checkbox, TextArea, TextField } from '../../ui/field.tsx'
import { KeyDomainFields } from './key-domain-fields.tsx'
import { KeySignatureFields } from './key-signature-fields.tsx'

/** As they stand in the form; empty restricts nothing. */
export interface KeyLimits {
  domainIds: readonly string[]
  networks: string
  hourlyMax: string
  endsOn: string
  streams: readonly Stream[]
  holds: boolean
  forgetsContent: boolean
  canary: boolean
  /** Its requests must be signed for this public key. */
  mustSign: boolean
  publicKey: string
}

type Stream = NonNullable<CreateKeyBody['streams']>[number]

export const noLimits: KeyLimits = {
  domainIds: [],
  networks: '',
  hourlyMax: '',
  endsOn: '',
  streams: [],
  holds: false,
  forgetsContent: false,
  canary: false,
  mustSign: false,
  publicKey: '',
}

const streams: [Stream, string][] = [
  ['urgent', 'Urgent'],
  ['transactional', 'Transactional'],
  ['bulk', 'Bulk'],
]

/** What the console is asked for; a day ends at midnight here. */
export function limitsOf(limits: KeyLimits, onlySends: boolean): Partial<CreateKeyBody> {
  const networks = limits.networks.split(/[\s,]+/).filter((network) => network !== '')
  const { domainIds, hourlyMax, endsOn, holds, forgetsContent, canary } = limits
  return {
    ...(onlySends && domainIds.length > 0 && { domain_ids: [...domainIds] }),
    ...(networks.length > 0 && { source_cidrs: networks }),
    ...(hourlyMax.trim() !== '' && { hourly_max: Number(hourlyMax) }),
    ...(endsOn !== '' && { expires_at: new Date(`${endsOn}T23:59:59`).toISOString() }),
    ...(limits.streams.length > 0 && { streams: [...limits.streams] }),
    ...(holds && { holds }),
    ...(forgetsContent && { keeps_content: false }),
    ...(canary && { canary }),
    ...(limits.mustSign && { signature: { public_key: limits.publicKey.trim() } }),
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
          <KeyDomainFields
            chosen={limits.domainIds}
            onChange={(chosen) => set({ domainIds: chosen })}
          />
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
        <KeySignatureFields
          label="Requests must be signed"
          hint="Who steals the key can do nothing with it alone. It works over HTTP only, and the program has to sign each request."
          isOn={limits.mustSign}
          publicKey={limits.publicKey}
          onChange={({ isOn, publicKey }) => set({ mustSign: isOn, publicKey })}
          error={faultOf(error, 'signature.public_key')}
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
