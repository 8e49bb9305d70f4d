/**
 * The installation's own account and its sandbox domain, from which every account may send while mail goes to the local
 * inbox. Each step looks first, so a start that was cut off in the middle is completed by the next one.
 */
import { tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { regions, signingKeyRows } from '../domains/add-domain.ts'
import { returnPathLabel } from '../domains/check-domain.ts'
import { insertDomain, listDomainsNamed } from '../operations/domain-queries.ts'
import { findAccount, insertAuthority } from '../operations/queries.ts'
import { type AccountDeps, createKeylessAccount } from './create-account.ts'
import { sandboxDomain, systemAccountId } from './system-account.ts'

const profile = { name: 'Postern', email: `postmaster@${sandboxDomain}` }

export async function ensureSystem(deps: AccountDeps, operatorToken: string): Promise<void> {
  if (!(await findAccount(deps.sql, tokenProof(operatorToken), systemAccountId))) {
    await createKeylessAccount(deps, operatorToken, { id: systemAccountId, ...profile })
  }
  const sandbox = await findSandbox(deps, operatorToken)
  if (sandbox?.status === 'verified') return
  const domainId = sandbox?.domainId ?? (await addSandbox(deps, operatorToken))
  await verifySandbox(deps, operatorToken, domainId)
}

async function findSandbox(
  { sql }: AccountDeps,
  operatorToken: string,
): Promise<{ domainId: string; status: string } | undefined> {
  const found = await listDomainsNamed(sql, tokenProof(operatorToken), sandboxDomain)
  const own = found.find((domain) => domain.accountId === systemAccountId)
  return own && { domainId: own.id, status: own.state.columns.status }
}

async function addSandbox(
  { sql, vault, clock }: AccountDeps,
  operatorToken: string,
): Promise<string> {
  const domainId = uuidv7(clock.now())
  const authorised = await vault.authorise(
    { operatorToken },
    { kind: 'create_domain', accountId: systemAccountId, domainId, name: sandboxDomain },
  )
  await insertDomain(sql, tokenProof(operatorToken), {
    signed: authorised.signed,
    region: regions[0],
    returnPath: returnPathLabel,
    isChecked: false,
    signingKeys: signingKeyRows(authorised),
  })
  return domainId
}

/** No record of it exists anywhere: under `localhost` (RFC 6761 §6.3) it can never be a domain of the world. */
async function verifySandbox(
  { sql, vault }: AccountDeps,
  operatorToken: string,
  domainId: string,
): Promise<void> {
  const { signed } = await vault.authorise(
    { operatorToken },
    {
      kind: 'domain_state',
      accountId: systemAccountId,
      domainId,
      status: 'verified',
      returnPathReady: false,
    },
  )
  await insertAuthority(sql, tokenProof(operatorToken), {
    signed,
    action: 'domain.change',
    nameSealed: null,
  })
}
