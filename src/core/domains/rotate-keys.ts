/**
 * Rotation of DKIM keys: the standby key signs from now on. Nothing is signed by a key that the world cannot find: its
 * record is looked for first, by jobs, and without it nothing changes.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { againIfOvertaken } from '../authority/overtaken.ts'
import { signingKeyRows } from './add-domain.ts'
import { demandDone, domainNotFound } from './change-domain.ts'
import {
  type DomainDocument,
  findDomain,
  replaceStandbyKey,
  requestDomainCheck,
  rotateDomain,
} from './queries.ts'
import { type StandbyFault, standbyFault } from './standby-key.ts'

interface Deps {
  sql: Sql
  vault: VaultClient
  hostname: string
}

/** Jobs looks within a second or two; a name server that is silent takes its time. */
const askAgainMs = 200
const asksMax = 100

export async function rotateKeys(deps: Deps, h1: Buffer, domainId: string): Promise<void> {
  const { sql, vault, hostname } = deps
  const change = { kind: 'rotate_keys', domainId } as const
  // Who may not, or has to show a factor first, need not wait for DNS to hear it.
  await vault.authorise({ h1 }, change)
  const fault = standbyFault(await lookedAt(deps, h1, domainId), hostname)
  if (fault) throw notPublished(fault)
  await againIfOvertaken(async () => {
    const { signed } = await vault.authorise({ h1 }, change)
    demandDone(await rotateDomain(sql, h1, signed))
  })
  await vault.authorise({ h1 }, { kind: 'confirm', of: 'domain_state', objectId: domainId })
}

/** The old standby key signs nothing any more, and its record verifies nothing that is still on its way. */
export async function replaceStandby(
  { sql, vault }: Pick<Deps, 'sql' | 'vault'>,
  h1: Buffer,
  domainId: string,
): Promise<void> {
  if (!(await findDomain(sql, h1, domainId))) throw domainNotFound()
  await againIfOvertaken(async () => {
    const authorised = await vault.authorise({ h1 }, { kind: 'replace_standby', domainId })
    const [key] = signingKeyRows(authorised)
    if (!key) throw new Error('vault made no key')
    demandDone(await replaceStandbyKey(sql, h1, { signed: authorised.signed, key }))
  })
  await vault.authorise({ h1 }, { kind: 'confirm', of: 'domain_state', objectId: domainId })
}

async function lookedAt({ sql }: Deps, h1: Buffer, domainId: string): Promise<DomainDocument> {
  if (!(await requestDomainCheck(sql, h1, domainId))) throw domainNotFound()
  for (let asks = 0; asks < asksMax; asks++) {
    const domain = await findDomain(sql, h1, domainId)
    if (!domain) throw domainNotFound()
    if (!domain.checkRequested) return domain
    await pause(askAgainMs)
  }
  throw new Refusal(
    'unavailable',
    'The records could not be looked at in time, so nothing was rotated; try again in a minute.',
    { retryAfterSeconds: 60 },
  )
}

export function notPublished({ name, reason }: StandbyFault): Refusal {
  return new Refusal(
    'not_ready',
    `The standby key is not published, so nothing was rotated. TXT record ${name}: ${reason}`,
  )
}
