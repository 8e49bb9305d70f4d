/** Which deliveries a queue command means: the options all of them share. */
import { destinationIndex, tagIndex } from '../core/messages/accept-message.ts'
import { everything } from '../core/queue/change-deliveries.ts'
import type { QueueFilter, QueueState } from '../core/queue/queries.ts'
import { tokenProof } from '../lib/token.ts'
import { asciiDomain } from '../mail/address.ts'
import { readKeyFile } from './api-call.ts'
import type { Arguments } from './arguments.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import type { Operator } from './operator.ts'

export const filterOptions = {
  account: false,
  destination: false,
  tag: false,
  'key-file': false,
  key: false,
  message: false,
  state: false,
} as const

const states: readonly QueueState[] = ['queued', 'attempting', 'held']

/** What was given, checked before anything is asked of the instance. */
export interface WantedDeliveries {
  filter: QueueFilter
  destination: string | null
  tag: { name: string; value: string; key: string } | null
}

export function readFilter(given: Arguments): WantedDeliveries {
  return {
    filter: {
      ...everything,
      accountId: given.optionalId('account') ?? null,
      credentialId: given.optionalId('key') ?? null,
      messageId: given.optionalId('message') ?? null,
      state: given.oneOf('state', states) ?? null,
    },
    destination: readDestination(given.text('destination')),
    tag: readTag(given.text('tag'), given.text('key-file')),
  }
}

/** Every narrowing is gone only when none was given. */
export function isNarrowed({ filter, destination, tag }: WantedDeliveries): boolean {
  return destination !== null || tag !== null || Object.values(filter).some((one) => one !== null)
}

/** Domains and tags are known to the database by keyed hashes only; vault gives their keys. */
export async function resolveFilter(
  { vault }: Pick<Operator, 'vault'>,
  { filter, destination, tag }: WantedDeliveries,
): Promise<QueueFilter> {
  const destinationKey = destination === null ? null : (await vault.keys()).destinationKey
  const ofDestination =
    destination !== null && destinationKey ? destinationIndex(destinationKey, destination) : null
  if (tag === null) return { ...filter, destination: ofDestination }
  const { accountId, indexKey } = await vault.accountKeys(tokenProof(tag.key))
  if (filter.accountId !== null && filter.accountId !== accountId) {
    throw new CommandFailure('the key in --key-file belongs to another account than --account')
  }
  return { ...filter, accountId, destination: ofDestination, tag: tagIndex(indexKey, tag) }
}

function readDestination(text: string | undefined): string | null {
  if (text === undefined) return null
  const domain = asciiDomain(text)
  if (domain !== undefined) return domain
  throw new UsageError('--destination must be the domain of recipients, such as example.com')
}

function readTag(text: string | undefined, keyFile: string | undefined): WantedDeliveries['tag'] {
  if (text === undefined) {
    if (keyFile === undefined) return null
    throw new UsageError('--key-file is for --tag only')
  }
  const match = /^([^=]+)=(.+)$/.exec(text)
  if (!match) throw new UsageError('--tag must be name=value')
  if (keyFile === undefined) {
    throw new UsageError(
      '--tag needs --key-file: tags are hashed under a key of their account, which opens with an API key of it only',
    )
  }
  const [, name = '', value = ''] = match
  return { name, value, key: readKeyFile(keyFile) }
}
