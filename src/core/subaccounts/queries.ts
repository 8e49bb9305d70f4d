/** Accounts under another: by the proof of a session of the account above, or by the operator's token. */
import type {
  ListEnteredRow,
  ListSubaccountsRow,
  OpsListSubaccountsRow,
  StoreSubaccountRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface SubaccountRow
  extends Pick<ListSubaccountsRow, 'id' | 'createdAt' | 'messagesToday'> {
  state: SignedRow<'account_state'>
  labelSealed: Buffer | null
}

/** Oldest first, at most 1,000. */
export async function listSubaccounts(sql: Sql, h1: Buffer): Promise<SubaccountRow[]> {
  return sql<SubaccountRow[]>`
    select id, created_at, state, label_sealed, messages_today
      from postern.list_subaccounts(${h1})`
}

export interface NewSubaccountRow {
  signed: SignedRow
  profileSealed: Buffer
  /** What the account above calls it, sealed to that one. */
  labelSealed: Buffer
  keyPublic: Buffer
  keyWrapped: Buffer
}

/** `full` when the account has as many as it may, `refused` for who may not now. */
export async function insertSubaccount(
  sql: Sql,
  ticket: Buffer,
  row: NewSubaccountRow & { h1: Buffer },
): Promise<string | undefined> {
  const { h1, signed, profileSealed, labelSealed, keyPublic, keyWrapped } = row
  const rows = await sql<StoreSubaccountRow[]>`
    select outcome
      from postern.store_subaccount(${ticket}, ${h1}, ${JSON.stringify(signed)}, ${profileSealed}, ${labelSealed},
                                    ${keyPublic}, ${keyWrapped})`
  return rows[0]?.outcome
}

export type SubaccountAct = 'limits' | 'suspend' | 'resume'

/** False for who may not now. */
export async function storeSubaccountState(
  sql: Sql,
  ticket: Buffer,
  { h1, signed, act }: { h1: Buffer; signed: SignedRow; act: SubaccountAct },
): Promise<boolean> {
  const rows = await sql<{ outcome: string }[]>`
    select outcome from postern.change_subaccount(${ticket}, ${h1}, ${JSON.stringify(signed)}, ${act})`
  return rows[0]?.outcome === 'stored'
}

/** People of the account above who have entered the asking session's account. */
export async function listEntered(sql: Sql, h1: Buffer): Promise<ListEnteredRow[]> {
  return sql<ListEnteredRow[]>`select user_id, profile_sealed from postern.list_entered(${h1})`
}

export interface OperatorSubaccountRow extends Pick<OpsListSubaccountsRow, 'id' | 'createdAt'> {
  state: SignedRow<'account_state'>
}

export async function listSubaccountsOf(
  sql: Sql,
  operatorH1: Buffer,
  accountId: string,
): Promise<OperatorSubaccountRow[]> {
  return sql<OperatorSubaccountRow[]>`
    select id, created_at, state from postern.ops_list_subaccounts(${operatorH1}, ${accountId})`
}
