/** Everything vault does for people, by the kind of what is asked. */
import type { AuthorityCheck } from '../../core/authority/authority-check.ts'
import { openNotice, openPeople } from '../../core/people/vault-queries.ts'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { Log } from '../../process/log.ts'
import type { KeyStore } from '../key-store.ts'
import { demandCredential } from '../opening.ts'
import { closeAccount, reopenAccount } from './account-end.ts'
import { askAddress, changeAddress, keepAddress } from './address-changes.ts'
import { askingSession } from './asking.ts'
import {
  approveBreakGlass,
  approveBreakGlassHere,
  askBreakGlass,
  type BreakGlassRequest,
  breakGlassMs,
} from './break-glass.ts'
import { Challenges, Pending } from './challenges.ts'
import type { NamedRecord, NotedIdentity, PersonOutcome, PersonRequest } from './contract.ts'
import { erase } from './data-changes.ts'
import { beginExport } from './exports.ts'
import {
  addPasskey,
  addTotp,
  beginTotp,
  makeRecoveryCodes,
  revokeFactor,
} from './factor-changes.ts'
import { carryOutReset } from './factor-reset.ts'
import { Guesses } from './guesses.ts'
import { unlinkIdentity } from './identity-changes.ts'
import { followLink, join, readLink, requestLink, signUp } from './link-changes.ts'
import {
  changeMember,
  invite,
  leaveAccount,
  removeMember,
  revokeInvitation,
} from './member-changes.ts'
import type { PeopleDeps } from './person.ts'
import { setPolicy } from './policy-changes.ts'
import { noteProved, ProvedIdentities } from './proved-identities.ts'
import {
  changePassword,
  endOtherSessions,
  endSession,
  stepUp,
  switchAccount,
} from './session-changes.ts'
import { sealingOf, signIn } from './sign-in.ts'
import {
  confirmSubaccount,
  createSubaccount,
  enterSubaccount,
  limitSubaccount,
  resumeSubaccount,
  suspendSubaccount,
} from './subaccount-changes.ts'

export class People {
  private readonly deps: PeopleDeps

  constructor(deps: {
    sql: Sql
    ticket: Buffer
    keys: KeyStore
    check: AuthorityCheck
    clock: Clock
    log: Log
    oidcRequired: boolean
  }) {
    const { clock } = deps
    const challenges = new Challenges(clock)
    const identities = new ProvedIdentities(clock)
    const guesses = new Guesses(clock)
    const breakGlass = new Pending<BreakGlassRequest>(clock, breakGlassMs)
    this.deps = { ...deps, challenges, identities, guesses, steps: new Map(), breakGlass }
  }

  /** For jobs: whom the provider of single sign-on has vouched for. */
  async noteIdentity(callerTicket: Buffer, noted: NotedIdentity): Promise<void> {
    await noteProved(this.deps, callerTicket, noted)
  }

  /** `h1` is the session that asks, null for who has none yet. */
  async answer(h1: Buffer | null, request: PersonRequest): Promise<PersonOutcome> {
    const { deps } = this
    switch (request.kind) {
      case 'challenge':
        return { outcome: 'done', rows: [], challenge: deps.challenges.next() }
      case 'sign_in':
        return signIn(deps, request)
      case 'request_link':
        return requestLink(deps, request)
      case 'read_link':
        return readLink(deps, request)
      case 'use_link':
        return followLink(deps, request)
      case 'sign_up':
        return signUp(deps, request)
      case 'carry_out_reset':
        return carryOutReset(deps, request)
      case 'ask_break_glass':
        return askBreakGlass(deps, request)
      case 'approve_break_glass':
        return approveBreakGlass(deps, request)
      default:
        return this.answerSession(demand(h1), request)
    }
  }

  private async answerSession(h1: Buffer, request: PersonRequest): Promise<PersonOutcome> {
    const { deps } = this
    switch (request.kind) {
      case 'own_sealing': {
        const { session } = await askingSession(deps, h1)
        return { outcome: 'done', rows: [], sealing: await sealingOf(deps, session.userId) }
      }
      case 'join':
        return join(deps, h1, request)
      case 'step_up':
        return stepUp(deps, h1, request)
      case 'switch_account':
        return switchAccount(deps, h1, request)
      case 'begin_totp':
        return beginTotp(deps, h1)
      case 'add_totp':
        return addTotp(deps, h1, request)
      case 'add_passkey':
        return addPasskey(deps, h1, request)
      case 'make_recovery_codes':
        return makeRecoveryCodes(deps, h1, request)
      case 'revoke_factor':
        return revokeFactor(deps, h1, request)
      case 'unlink_identity':
        return unlinkIdentity(deps, h1, request)
      case 'change_password':
        return changePassword(deps, h1, request)
      case 'ask_address':
        return askAddress(deps, h1, request)
      case 'keep_address':
        return keepAddress(deps, h1)
      case 'change_address':
        return changeAddress(deps, h1, request)
      case 'end_session':
        return endSession(deps, h1, request)
      case 'end_other_sessions':
        return endOtherSessions(deps, h1, request)
      case 'invite':
        return invite(deps, h1, request)
      case 'revoke_invitation':
        return revokeInvitation(deps, h1, request)
      case 'change_member':
        return changeMember(deps, h1, request)
      case 'remove_member':
        return removeMember(deps, h1, request)
      case 'leave_account':
        return leaveAccount(deps, h1)
      case 'account_policy':
        return setPolicy(deps, h1, request)
      case 'close_account':
        return closeAccount(deps, h1)
      case 'reopen_account':
        return reopenAccount(deps, h1)
      case 'erase':
        return erase(deps, h1, request)
      case 'approve_break_glass_here':
        return approveBreakGlassHere(deps, h1, request)
      case 'begin_export':
        return beginExport(deps, h1, request)
      default:
        return this.answerAbove(h1, request)
    }
  }

  private async answerAbove(h1: Buffer, request: PersonRequest): Promise<PersonOutcome> {
    const { deps } = this
    switch (request.kind) {
      case 'create_subaccount':
        return createSubaccount(deps, h1, request)
      case 'limit_subaccount':
        return limitSubaccount(deps, h1, request)
      case 'suspend_subaccount':
        return suspendSubaccount(deps, h1, request)
      case 'resume_subaccount':
        return resumeSubaccount(deps, h1, request)
      case 'confirm_subaccount':
        return confirmSubaccount(deps, h1, request)
      case 'enter_subaccount':
        return enterSubaccount(deps, h1, request)
      default:
        throw new RangeError('an unknown request about people')
    }
  }

  /** Keys of names in the order asked; null where the session may not know them. */
  async open(h1: Buffer, records: NamedRecord[]): Promise<(Buffer | null)[]> {
    const { sql, ticket, check, keys } = this.deps
    const rows = await openPeople(sql, ticket, { h1, owners: records.map(({ owner }) => owner) })
    demandCredential(rows[0]?.session ?? null, h1, check)
    const known = new Set(rows.flatMap(({ owner }) => owner ?? []))
    await keys.loadAccounts(known)
    return records.map((record) => (known.has(record.owner) ? this.keyOf(record) : null))
  }

  /** The key of the address that a notice goes to, or of the account's name in it, for the console with that ticket. */
  async openNotice(
    callerTicket: Buffer,
    { noticeId, record }: { noticeId: string; record: NamedRecord },
  ): Promise<Buffer | null> {
    const { sql, ticket, keys } = this.deps
    const owners = await openNotice(sql, ticket, { callerTicket, noticeId })
    if (!owners.includes(record.owner)) return null
    await keys.loadAccounts([record.owner])
    return this.keyOf(record)
  }

  private keyOf({ owner, recordId, keyVersion, sessionPublic }: NamedRecord): Buffer | null {
    const { keys } = this.deps
    return keys.recordKey({ accountId: owner, keyVersion, sessionPublic, id: recordId }) ?? null
  }
}

function demand(h1: Buffer | null): Buffer {
  if (h1?.length === 32) return h1
  throw new Refusal('not_permitted', 'This needs a session.')
}
