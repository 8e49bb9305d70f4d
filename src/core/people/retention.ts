/** For how long an account keeps things, within what the operator keeps. */
import { Refusal } from '../../lib/refusal.ts'
import type { RetentionDays } from '../authority/signed-row.ts'
import { daysKept, retentionClasses } from '../retention/retention-days.ts'
import { readAccount } from './account-settings.ts'
import type { PersonAsking } from './factors.ts'
import { setPolicy } from './members.ts'
import type { PeopleDeps } from './store-answer.ts'

export interface Retention {
  /** What the operator keeps, and at most this. */
  operatorDays: number
  own: RetentionDays
  kept: Required<RetentionDays>
}

export type WantedRetention = Record<keyof RetentionDays, number | null>

export async function readRetention(
  deps: Pick<PeopleDeps, 'sql' | 'vault'>,
  asking: Pick<PersonAsking, 'h1'>,
  operatorDays: number,
): Promise<Retention> {
  const { state } = await readAccount(deps, asking)
  const own = state.options?.retention ?? {}
  return { operatorDays, own, kept: daysKept(operatorDays, own) }
}

/** Null keeps that class for as long as the operator keeps it. All owners are told, as of every policy. */
export async function changeRetention(
  deps: PeopleDeps,
  asking: PersonAsking,
  { wanted, operatorDays }: { wanted: WantedRetention; operatorDays: number },
): Promise<void> {
  for (const name of retentionClasses) {
    const days = wanted[name]
    if (days === null || (Number.isInteger(days) && days >= 1 && days <= operatorDays)) continue
    refuse(
      `${name}_days`,
      `must be a whole number from 1 to ${operatorDays}, which is what this installation keeps, or null for all of it.`,
    )
  }
  const { content, messages } = wanted
  if (content !== null && content > (messages ?? operatorDays)) {
    refuse('content_days', 'must not be more than `messages_days`: content goes with its message.')
  }
  const named = retentionClasses.flatMap((name) => {
    const days = wanted[name]
    return days === null || days === operatorDays ? [] : [[name, days] as const]
  })
  await setPolicy(deps, asking, { retention: Object.fromEntries(named) })
}

function refuse(field: string, rule: string): never {
  throw new Refusal('invalid_input', `\`${field}\` ${rule}`, { field })
}
