/** A state as a word and a colour; the colour alone would tell some people nothing. */
import { cx } from '../lib/class-names.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'odd' | 'plain'

const tones: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
  odd: 'bg-odd-soft text-odd',
  plain: 'bg-plain-soft text-plain',
}

/** The glossary's states of deliveries, domains, keys and people. */
const states: Record<string, [tone: Tone, word: string]> = {
  queued: ['info', 'Queued'],
  scheduled: ['info', 'Scheduled'],
  held: ['warn', 'Held'],
  attempting: ['info', 'Attempting'],
  sent: ['info', 'Sent'],
  delivered: ['good', 'Delivered'],
  deferred: ['warn', 'Deferred'],
  unreachable: ['warn', 'Unreachable'],
  bounced: ['bad', 'Bounced'],
  expired: ['bad', 'Expired'],
  failed: ['bad', 'Failed'],
  complained: ['odd', 'Complained'],
  suppressed: ['plain', 'Suppressed'],
  cancelled: ['plain', 'Cancelled'],
  canceled: ['plain', 'Cancelled'],
  not_started: ['plain', 'Not started'],
  pending: ['warn', 'Pending'],
  verified: ['good', 'Verified'],
  partially_verified: ['warn', 'Partially verified'],
  temporary_failure: ['warn', 'Temporary failure'],
  active: ['good', 'Active'],
  invited: ['info', 'Invited'],
  blocked: ['bad', 'Blocked'],
  suspended: ['bad', 'Suspended'],
  closing: ['warn', 'Closing'],
  revoked: ['plain', 'Revoked'],
}

export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 rounded-full align-middle py-0.5 pr-2.5 pl-2 text-xs font-medium whitespace-nowrap',
        tones[tone],
      )}
    >
      <span className="size-1.5 rounded-full bg-current" aria-hidden />
      {children}
    </span>
  )
}

/** A state that is not known here is still shown, as the word that came. */
export function StateBadge({ state }: { state: string }) {
  const [tone, word] = states[state] ?? ['plain', state.replaceAll('_', ' ')]
  return <Badge tone={tone}>{word}</Badge>
}
