/** One claim's worth of deliveries: prepared together, then each on its own way. */
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { ByteGate } from './byte-gate.ts'
import {
  cancelUntried,
  type DeliveryDeps,
  deliverMessage,
  expireUntried,
  isStale,
} from './delivery.ts'
import { deliveryName, type Held } from './in-flight.ts'
import { type Preparation, type PrepareDeps, prepareMessages } from './prepare.ts'

export interface BatchDeps {
  prepare: PrepareDeps
  delivery: DeliveryDeps
  largeGate: ByteGate
  /** Vault or the database did not answer. */
  onOutage: (error: Error) => void
  isStopping: () => boolean
  clock: Clock
  random: () => number
  log: Log
}

/** The deliveries of one message in this claim. */
interface Group {
  helds: Held[]
  first: Held
}

/** Back soon, since the outage may be over at any moment, and not all at once. */
const outageMs = 300
const outageSpreadMs = 700
const refusedMs = 60_000
/** A domain that is no longer verified may be so again. Its messages wait for that, the older ones no more. */
const unverifiedMs = 5 * 60_000
const unverifiedForMs = 6 * 60 * 60_000
/** A message we cannot make is looked at again after an update of ours at the earliest. */
const brokenMs = 60 * 60_000

/** Content up to this size travels with the claim; larger messages are prepared one by one. */
export const inlineBytesMax = 64 * 1024

/**
 * What vault takes in one request: each request is a transaction of its own. A claim may bring a few more than it asked
 * for, since shares of destinations are rounded up.
 */
const preparedTogether = 256

/** Ends when every delivery has an outcome or was given back. */
export async function handleBatch(helds: readonly Held[], deps: BatchDeps): Promise<void> {
  const now = deps.clock.now()
  const timely = helds.filter((held) => !isStale(held, now))
  for (const held of helds) if (isStale(held, now)) expireUntried(held, deps.delivery)
  const groups = groupByMessage(timely)
  const small = groups.filter(({ first }) => first.row.sizeBytes <= inlineBytesMax)
  const large = groups.filter(({ first }) => first.row.sizeBytes > inlineBytesMax)
  await Promise.all([
    ...evenParts(small, preparedTogether).map((part) => handleTogether(part, deps)),
    ...large.map((one) => handleLarge(one, deps)),
  ])
}

function evenParts(groups: readonly Group[], sizeMax: number): Group[][] {
  const count = Math.ceil(groups.length / sizeMax)
  const size = Math.ceil(groups.length / count)
  return Array.from({ length: count }, (_, part) => groups.slice(part * size, (part + 1) * size))
}

function groupByMessage(helds: readonly Held[]): Group[] {
  const groups = new Map<string, Group>()
  for (const held of helds) {
    const group = groups.get(held.row.messageId)
    if (!group) groups.set(held.row.messageId, { helds: [held], first: held })
    else {
      group.helds.push(held)
      if (held.row.contentSealed) group.first = held
    }
  }
  return [...groups.values()]
}

async function handleLarge(group: Group, deps: BatchDeps): Promise<void> {
  const bytes = group.first.row.sizeBytes
  await deps.largeGate.enter(bytes)
  try {
    await handleTogether([group], deps)
  } finally {
    deps.largeGate.leave(bytes)
  }
}

async function handleTogether(groups: readonly Group[], deps: BatchDeps): Promise<void> {
  if (groups.length === 0) return
  if (deps.isStopping()) {
    const now = deps.clock.now()
    for (const { helds } of groups) for (const held of helds) deps.delivery.returns.add(held, now)
    return
  }
  const preparations = await prepareOrWait(groups, deps)
  const running: Promise<void>[] = []
  for (const [index, group] of groups.entries()) {
    const preparation = preparations[index]
    if (preparation?.kind === 'ready' && !deps.isStopping()) {
      for (const held of group.helds) running.push(deliver(held, preparation, deps))
    } else if (preparation) {
      giveBack(group, preparation, deps)
    }
  }
  await Promise.all(running)
}

/** What nobody foresaw holds up these messages and no others. */
async function prepareOrWait(
  groups: readonly Group[],
  { prepare, log }: BatchDeps,
): Promise<Preparation[]> {
  try {
    return await prepareMessages(
      groups.map(({ first, helds }) => ({ ...first.row, ns: helds.map(({ row }) => row.n) })),
      prepare,
    )
  } catch (error) {
    log.error({ error, count: groups.length }, 'messages not prepared')
    return groups.map(() => ({ kind: 'broken', error }))
  }
}

async function deliver(
  held: Held,
  { copyFor }: Extract<Preparation, { kind: 'ready' }>,
  deps: BatchDeps,
): Promise<void> {
  try {
    const message = copyFor(held.row.n)
    if (!message) throw new RangeError('the message has no copy for this delivery')
    await deliverMessage(held, message, deps.delivery)
  } catch (error) {
    giveBack({ helds: [held], first: held }, { kind: 'broken', error }, deps)
  }
}

function giveBack(group: Group, preparation: Preparation, deps: BatchDeps): void {
  const { clock, delivery } = deps
  const end = endOf(preparation, group, clock.now())
  if (end) {
    for (const held of group.helds) cancelUntried(held, end, delivery)
    return
  }
  const againAtMs = clock.now() + delayOf(preparation, group, deps)
  const isFinal = preparation.kind === 'refused' || preparation.kind === 'broken'
  for (const held of group.helds) {
    const isOver = held.row.expiresAt.getTime() <= clock.now()
    if (isFinal && isOver) expireUntried(held, delivery)
    else delivery.returns.add(held, againAtMs)
  }
}

/** Why it will never be sent, where that is certain. */
function endOf(
  preparation: Preparation,
  { first }: Group,
  nowMs: number,
): { key: KeyObject; reason: string } | undefined {
  if (preparation.kind !== 'refused' || !preparation.key) return undefined
  const { reason, key } = preparation
  if (reason === 'domain_unknown') {
    return { key, reason: 'the sending domain was deleted; add and verify it to send again' }
  }
  const isOld = nowMs - first.row.createdAt.getTime() > unverifiedForMs
  if (reason !== 'domain_not_verified' || !isOld) return undefined
  return { key, reason: 'the sending domain is not verified any more; verify it to send again' }
}

/** How long until it is looked at again; what a human must know is logged here. */
function delayOf(
  preparation: Preparation,
  { first, helds }: Group,
  { log, onOutage, random }: BatchDeps,
): number {
  const { accountId, messageId } = first.row
  switch (preparation.kind) {
    case 'ready':
      return 0
    case 'wait':
      onOutage(preparation.error)
      return outageMs + random() * outageSpreadMs
    case 'refused':
      if (preparation.reason === 'domain_not_verified') {
        log.info({ accountId, messageId, count: helds.length }, 'message waits for its domain')
        return unverifiedMs
      }
      log.warn(
        { accountId, messageId, reason: preparation.reason, count: helds.length },
        'alarm: vault refused a claimed message',
      )
      return refusedMs
    case 'broken':
      log.error(
        { accountId, deliveryId: deliveryName(first.row), error: preparation.error },
        'message not delivered because of a fault',
      )
      return brokenMs
  }
}
